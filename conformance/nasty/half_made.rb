# Objects that were allocated and never made, and made twice: every method gives a value or an exception.
# What each of hundreds of methods says is its own matter; that there is life afterwards is not.

SHUNNED = %i[exit exit! abort fork exec sleep gets readline readlines stop join value pop shift deq wait test system syscall binding
             irb raise fail throw loop trap puts print p pp display instance_exec instance_eval printf putc warn srand select
             define_finalizer each_object receive catch open spawn fatal]

def arguments_for(count) = [nil, 1, "a", [], {}, :a, 1.5, Object.new, String].first(count)

def every_method(object, kind)
  methods = kind.instance_methods - SHUNNED
  methods.each do |name|
    arity = kind.instance_method(name).arity
    (arity < 0 ? [-arity - 1, -arity] : [arity]).each do |count|
      object.__send__(name, *arguments_for(count)) { break }
    rescue Exception
      $!.message
    end
  end
end

kinds = ObjectSpace.each_object(Class).reject { |kind| kind.singleton_class? || kind.name.nil? }.sort_by(&:name)
kinds -= [Thread, Ractor]
allocated = kinds.select do |kind|
  next if kind <= Exception && kind != Exception || kind.name.start_with?("Maglev", "RbConfig", "Gem")
  every_method(kind.allocate, kind)
  true
rescue TypeError, NoMethodError, NotImplementedError
  false
end
puts allocated.size > 20

# A class without a superclass or a body.
def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+/, "0x")[0, 100]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message.gsub(/0x\h+/, "0x")[0, 100]}"
end
attempt("Regexp.allocate") { Regexp.allocate =~ "a" }
attempt("Regexp.allocate source") { Regexp.allocate.source }
attempt("Regexp.allocate ==") { Regexp.allocate == /a/ }
attempt("in gsub") { "abc".gsub(Regexp.allocate, "") }
attempt("in union") { Regexp.union(Regexp.allocate, /a/) }
attempt("in case") { case "a"; when Regexp.allocate then 1; end }
attempt("Enumerator.allocate") { Enumerator.allocate.next }
attempt("Enumerator.allocate inspect") { Enumerator.allocate.inspect }
attempt("IO.allocate") { IO.allocate.read }
attempt("IO.allocate inspect") { IO.allocate.inspect }
attempt("File.allocate") { File.allocate.size }
attempt("Dir.allocate") { Dir.allocate.read }
attempt("Time.allocate") { Time.allocate.year }
attempt("Range.allocate") { Range.allocate }
attempt("Random.allocate") { Random.allocate.rand(1..1) }
attempt("Mutex.allocate") { Mutex.allocate.synchronize { 1 } }
attempt("ConditionVariable.allocate") { ConditionVariable.allocate.signal.class }
attempt("Proc.allocate") { Proc.allocate }
attempt("Method.allocate") { Method.allocate }
attempt("Binding.allocate") { Binding.allocate }
attempt("Struct class allocate") { Struct.new(:a, :b).allocate.to_a }
attempt("Data class allocate") { Data.define(:a).allocate.a }
attempt("Data class allocate inspect") { Data.define(:a).allocate.inspect }
attempt("Data class allocate ==") { c = Data.define(:a); c.allocate == c.allocate }
attempt("Exception.allocate") { raise Exception.allocate }
attempt("KeyError.allocate") { KeyError.allocate.key }
attempt("NameError.allocate") { NameError.allocate.name }
attempt("StopIteration.allocate") { StopIteration.allocate.result }
attempt("LocalJumpError.allocate") { LocalJumpError.allocate.reason }
attempt("FrozenError.allocate") { FrozenError.allocate.receiver }
attempt("SystemCallError.allocate") { SystemCallError.allocate.errno }
attempt("Thread.allocate") { Thread.allocate }
attempt("Fiber.allocate") { Fiber.allocate.resume }
attempt("TracePoint.allocate") { TracePoint.allocate }
attempt("WeakMap.allocate") { ObjectSpace::WeakMap.allocate[1] }
attempt("Integer.allocate") { Integer.allocate }
attempt("Symbol.allocate") { Symbol.allocate }
attempt("NilClass.allocate") { NilClass.allocate }
attempt("Encoding.allocate") { Encoding.allocate }

attempt("Class twice") { Class.new.send(:initialize) }
attempt("Class twice of Class") { Class.send(:initialize, String) }
attempt("Regexp twice") { Regexp.new("a").send(:initialize, "b") }
attempt("Regexp literal") { /a/.send(:initialize, "b") }
attempt("Range twice") { Range.new(1, 2).send(:initialize, 3, 4) }
attempt("Symbol initialize") { :a.send(:initialize, 1) }
attempt("Integer initialize") { 1.send(:initialize, 1) }
attempt("String twice") { s = +"a"; s.send(:initialize, "b"); s }
attempt("frozen String twice") { "a".freeze.send(:initialize, "b") }
attempt("Array twice") { a = [1, 2]; a.send(:initialize, 1, 9); a }
attempt("Array twice in each") { a = [1, 2]; a.each { a.send(:initialize, 0) }; a }
attempt("Hash twice") { h = {a: 1}; h.send(:initialize, 5); [h, h[:b]] }
attempt("Proc twice") { proc { 1 }.send(:initialize) }
attempt("Struct twice") { s = Struct.new(:a).new(1); s.send(:initialize, 2); s.a }
attempt("Data twice") { Data.define(:a).new(1).send(:initialize, a: 2) }
attempt("Exception twice") { e = RuntimeError.new("a"); e.send(:initialize, "b"); e.message }
attempt("Mutex twice") { m = Mutex.new; m.lock; m.send(:initialize); m.locked? }
attempt("Queue twice") { q = Queue.new([1]); q.send(:initialize); q.size }
attempt("copy of another kind") { [].send(:initialize_copy, "a") }
attempt("String copy") { +"".send(:initialize_copy, 1) }
attempt("Hash copy") { {}.send(:initialize_copy, [[1, 2]]) }
attempt("Proc copy") { proc { }.send(:initialize_copy, 1) }
attempt("Class copy") { Class.new.send(:initialize_copy, String) }
attempt("Object copy") { Object.new.send(:initialize_copy, 1) }
attempt("Struct copy") { s = Struct.new(:a); s.new(1).send(:initialize_copy, Struct.new(:b).new(2)) }
attempt("MatchData copy") { "a".match(/a/).send(:initialize_copy, 1) }
attempt("WeakMap copy") { ObjectSpace::WeakMap.new.dup.size }
attempt("Enumerator copy") { [1].each.send(:initialize_copy, 1) }
attempt("Enumerator copy begun") { e = [1].each; e.next; e.dup }
attempt("Method dup") { 1.method(:+).dup.call(2) }
attempt("Binding dup") { x = 5; binding.dup.local_variable_get(:x) }
attempt("singleton new") { Object.new.singleton_class.new }
attempt("singleton superclass") { Class.new(Object.new.singleton_class) }
attempt("Class as superclass") { Class.new(Class) }
puts "alive"
