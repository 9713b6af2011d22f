# Endless recursion through methods the interpreter itself calls back: SystemStackError each time, and life goes on.
# instead of --gc=stress:101,verify: --gc=stress:20011 (each collection walks a full stack)

def attempt(label)
  yield
  puts "#{label}: came back"
rescue SystemStackError
  puts "#{label}: SystemStackError"
rescue => error
  puts "#{label}: #{error.class} #{error.message[0, 60]}"
end

def fresh(name, &body) = Class.new { define_method(name, &body) }.new

attempt("inspect") { fresh(:inspect) { [self].inspect }.inspect }
attempt("to_s") { fresh(:to_s) { "#{self}" }.to_s }
attempt("==") { fresh(:==) { |other| [self] == [other] }.then { |a| a == a.dup } }
attempt("eql?") { fresh(:eql?) { |other| [self].eql?([other]) }.then { |a| a.eql?(a.dup) } }
attempt("<=>") { fresh(:<=>) { |other| [self] <=> [other] }.then { |a| a <=> a.dup } }
attempt("sort") { fresh(:<=>) { |other| [self, other].sort }.then { |a| a <=> a.dup } }
attempt("sort_by") { f = ->(x) { [1, 2].sort_by { f.(x) } }; f.(1) }
attempt("sort block") { f = ->(x) { [1, 2].sort { f.(x) } }; f.(1) }
attempt("min_by") { f = ->(x) { [1, 2].min_by { f.(x) } }; f.(1) }
attempt("method_missing") { fresh(:method_missing) { |name, *| send("#{name}x"[0, 5]) }.nothing }
attempt("respond_to_missing?") { fresh(:respond_to_missing?) { |name, *| respond_to?(:other) }.respond_to?(:this) }
attempt("to_str") { fresh(:to_str) { "" + self }.to_str }
attempt("to_ary") { fresh(:to_ary) { [] + self }.to_ary }
attempt("to_hash") { fresh(:to_hash) { {}.merge(self) }.to_hash }
attempt("to_proc") { fresh(:to_proc) { tap(&self) }.to_proc }
attempt("to_int") { fresh(:to_int) { [1][self] }.to_int }
attempt("coerce") { fresh(:coerce) { |other| 1 + self }.coerce(1) }
attempt("each") { Class.new { include Enumerable; def each = map { 1 } }.new.each }
attempt("initialize") { Class.new { def initialize = self.class.new }.new }
attempt("initialize_copy") { Class.new { def initialize_copy(_) = dup }.new.dup }
attempt("const_missing") { Class.new { def self.const_missing(name) = const_get(name) }.const_get(:Nothing) }
attempt("inherited") { Class.new { def self.inherited(_) = Class.new(self) }.then { |c| Class.new(c) } }
attempt("method_added") { Class.new { def self.method_added(name) = define_method(name) { } }.class_eval { def a = 1 } }
attempt("===") { fresh(:===) { |other| case 1; when self then 1; end }.then { |a| a === 1 } }
attempt("hash default") { Hash.new { |hash, key| hash[key + 1] }[0] }
attempt("hash default of default") { h = Hash.new { |hash, key| hash.fetch(key) { hash[key] } }; h[1] }
attempt("Comparable ==") { Class.new { include Comparable; def <=>(other) = self > other ? 1 : 0 }.new.then { |a| a < a.dup } }
attempt("define_method") { Class.new { define_method(:again) { again } }.new.again }
attempt("alias chain") { Class.new { def one = two; alias_method :two, :one }.new.one }
attempt("send") { fresh(:go) { __send__(:go) }.go }
attempt("public_send") { fresh(:go) { public_send(:go) }.go }
attempt("instance_eval") { fresh(:go) { instance_eval { go } }.go }
attempt("instance_exec") { fresh(:go) { instance_exec(1) { |x| go } }.go }
attempt("eval") { def evaluated = eval("evaluated"); evaluated }
attempt("gsub block") { f = -> { "a".gsub(/a/) { f.() } }; f.() }
attempt("scan block") { f = -> { "a".scan(/a/) { f.() } }; f.() }
attempt("each_with_object") { f = -> { [1].each_with_object(1) { f.() } }; f.() }
attempt("inject") { f = -> { [1, 2].inject { f.() } }; f.() }
attempt("inject symbol") { fresh(:+) { |o| [self, o].inject(:+) }.then { |a| a + a } }
attempt("Array.new") { f = -> { Array.new(1) { f.() } }; f.() }
attempt("Method call") { def methodical = method(:methodical).call; methodical }
attempt("Method to_proc") { def procish = [1].each(&method(:procish_with)); def procish_with(_) = procish; procish }
attempt("Symbol to_proc") { fresh(:go) { [self].each(&:go) }.go }
attempt("curry") { f = ->(a) { f.curry.(a) }; f.(1) }
attempt("composition") { f = nil; f = ->(a) { (f >> f).(a) }; f.(1) }
attempt("catch") { f = -> { catch(:x) { f.() } }; f.() }
attempt("ensure") { f = -> { begin; f.(); ensure; 1; end }; f.() }
attempt("rescue") { f = -> { begin; f.(); rescue ArgumentError; 1; end }; f.() }
attempt("super") { Class.new(Class.new { def go = go2 }) { def go = super; def go2 = go }.new.go }
attempt("to_enum size") { e = nil; e = [1].to_enum(:each) { e.size }; e.size }
attempt("exception message") { Class.new(StandardError) { def message = full_message }.new.message }
attempt("Struct ==") { s = Struct.new(:a); c = fresh(:==) { |o| s.new(self) == s.new(o) }; c == c.dup }
attempt("Integer ===") { fresh(:coerce) { |o| 5 * self }.then { |a| 5 * a } }
attempt("join") { fresh(:to_s) { [self].join }.to_s }
attempt("puts") { fresh(:to_s) { $stderr.puts(self) }.to_s }
attempt("format") { fresh(:to_s) { format("%s", self) }.to_s }
attempt("flatten") { fresh(:to_ary) { [self].flatten }.to_ary }
attempt("dig") { fresh(:dig) { |*| [self].dig(0, 1) }.dig(1) }
attempt("pattern") { Class.new { def deconstruct = (self in [1]) }.new.deconstruct }
attempt("Rational") { Class.new(Numeric) { def coerce(o) = [Rational(1) + self, 1] }.new.coerce(1) }
2.times { attempt("again") { f = -> { f.() }; f.() } }
puts "alive"
