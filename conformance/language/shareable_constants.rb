# The magic comment shareable_constant_value.
def t(src)
  r = eval(src)
  p [r, Ractor.shareable?(r), r.frozen?]
rescue Exception => e
  puts "#{e.class}: #{e.message}"
end
h = "# shareable_constant_value: literal\n"
x = [1, "a"]
$x = x
t h + 'C1 = ["a", {b: "c"}]; C1'
t h + 'C2 = "a#{1}b"; C2'
t h + 'C3 = $x'
t h + 'C4 = ["a", $x]'
t h + 'C5 = [1, "#{$x}", :a, nil, 1.0, 1r, 2i]; C5'
t h + 'C6 = {"k" => "v", a: ["b"]}; C6'
t h + 'C7 ||= ["a"]; C7'
t h + 'module M; end; M::C8 = ["a"]; M::C8'
t h + 'M::C9 = $x'
t h + '::C10 = $x'
t h + 'module M; C11 = $x; end'
t h + 'M::C12 ||= $x'
t h + 'self.class::C13 = $x'
t h + 'C14 = "a".dup'
t h + 'C15 = ("x"..."y"); C15'
t h + 'C16 = /a#{1}/; C16'
t h + 'C17 = [*1..3, "b"]; C17'
t h + 'C18 = {**{a: "1"}}; C18'
t h + 'C19 = ->{}; C19'
t h + 'C20 = ("a"; "b"); C20'
t h + 'C21 = true ? "a" : "b"; C21'
t h + 'C22 = C23 = "a"; C22'
t h + 'C24, C25 = "a", "b"; [C24.frozen?, C25.frozen?]'
t h + 'C27 = %w[a b]; C27'
t h + 'C28 = %w[a b].freeze; C28'
t h + 'C29 = Struct.new(:a); C29'
t h + 'C30 = __FILE__; C30.frozen?'
t h + 'C31 = [[["x"]], ["y#{1}"]]; C31'
t h + 'C32 = "a" "b"; C32'
t h + 'C33 = :"a#{1}"; C33'
t h + 'C34 = $x.size; C34'
t h + 'C35 = Object.new'
t h + 'C36 &&= 1; 1' 
t h + "# shareable_constant_value: none\nC37 = $x; C37"
t h + "module N\n# shareable_constant_value: none\nC38 = $x; end\nC39 = $x"
t h + 'def self.xx = $x; C40 = xx'
t h + 'C41 = begin; "a"; end; C41'
t h + 'C42 = nil || "a"; C42'
t h + 'class Foo; C43 = self; end; Foo::C43'
t h + 'C44 = [x = "a", 1]; C44'
t h + 'C45 = "#{"a"}"; C45'
t h + 'C46 = {a: 1}; C46 ||= 2; C46'
t h + 'C47 = (1..); C47'
t h + 'C49 = {$x => 1}'
t h + 'C50 = {"a": "b", [1] => [2]}; C50'
h = "# shareable_constant_value: experimental_everything\n"
t h + 'D1 = [$x.dup.map(&:dup), "a"]; D1'
t h + '$y = ["q", [+"r"]]; D2 = $y; [D2.equal?($y), $y.frozen?, $y[1].frozen?]'
t h + 'D4 ||= [+"a"]; D4'
t h + 'D5 = Object.new; D5.frozen?'
t h + 'D6 = "a#{1}"; D6'
t h + 'D8, D9 = [+"a"], 1; D8'
t h + 'M::D10 = [[+"a"]]; M::D10'
h = "# shareable_constant_value: experimental_copy\n"
t h + '$y = ["q", [+"r"]]; E2 = $y; [E2.equal?($y), $y.frozen?, E2.frozen?, E2[1].frozen?]'
t h + 'E3 = ["a"]; E3'
t h + 'E4 = Thread.current'
t h + 'E5 ||= [+"a"]; E5'
t "# shareable_constant_value: bogus\nF1 = [+'a']; F1"
t "# -*- shareable_constant_value: literal -*-\nF2 = ['a']; F2"
t "F3 = ['a'] # shareable_constant_value: literal\nF4 = ['a']; F4"
t "x = 1; # shareable_constant_value: literal\nF5 = ['a']; F5"
