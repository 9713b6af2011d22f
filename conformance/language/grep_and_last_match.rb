# `grep` without a block leaves `$~` alone, with one it sets it; elements that are no text do not match.
"z" =~ /z/
p %w[abc def].grep(/b/), $&
p %w[abc def].grep_v(/b/), Regexp.last_match[0]
p [:a, "b", "z", :c, 42, nil].grep(/[a-d]/), [1, nil, :b].grep_v(/b/)
p %w[k=v w].grep(/(\w)=(\w)/) { [$1, $2] }, $~
p %w[abc def].grep_v(/b/) { $~ }
speaks = Object.new
def speaks.to_str = "hello"
p [speaks].grep(/ll/).size
own = Class.new(Regexp) { def ===(other) = other == 1 }.new("x")
p [1, "x", 2].grep(own), [1, 2].grep(1..1), (1..6).grep(2..4) { _1 * 2 }
class Odd
  include Enumerable
  def each = yield(1, 2).then { yield "a" }
end
p Odd.new.grep(Array), Odd.new.grep_v(Array)
