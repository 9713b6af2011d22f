# Objects with a native part that is saved as values: methods, generators of numbers, queues, enumerators, exceptions, classes of libraries.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Person; def initialize(name) = @name = name; def greet(other) = \"\#{@name} greets \#{other}\"; def respond_to_missing?(name, _) = name == :ghostly; def method_missing(name, *) = name == :ghostly ? :seen : super; end; class Pattern < Regexp; end" }
  person = Person.new("Ann")
  root = Maglev::PERSISTENT_ROOT
  root[:methods] = [person.method(:greet), "abc".method(:upcase), person.method(:ghostly), Person.instance_method(:greet), Comparable.instance_method(:clamp)]
  root[:random] = Random.new(42).tap { _1.bytes(3) }
  root[:queues] = [Thread::Queue.new([1]), Thread::SizedQueue.new(3)]
  root[:pattern] = Pattern.new("a+(b)", Regexp::IGNORECASE)
  root[:each] = [1, 2, 3].each_slice(2)
  root[:chain] = ([1, 2].each + [3])
  root[:errors] = [(raise ArgumentError, "bad" rescue $!), ({}.fetch(:zork) rescue $!), StopIteration.new]
  require "stringio"
  root[:text] = StringIO.new("line 1\nline 2\n").tap(&:gets)
  p Maglev.commit
  p root[:random].rand(1000), root[:queues][0].size
  Maglev.abort
  p root[:random].rand(1000)
  # A Time that is looked at, and then changed, meets nobody.
  root[:time] = Time.at(0).utc
  Maglev.commit
  root[:time].localtime("+01:00")
  root[:time].utc
  p Maglev.commit
  root[:time].localtime("+02:00")
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  root = Maglev::PERSISTENT_ROOT
  bound, upcase, ghostly, unbound, clamp = root[:methods]
  p bound.call("Bob"), upcase.call, ghostly.call, unbound.bind_call(Person.new("Cid"), "Dan"), clamp.owner, bound.receiver.equal?(root[:methods][0].receiver)
  p bound, unbound.name, bound == bound.receiver.method(:greet)
  p root[:random].rand(1000), root[:random].seed, root[:queues].map { _1.size }, root[:queues][1].max
  p root[:pattern], root[:pattern].class, root[:pattern].match("xAAb")[1], root[:pattern].options
  p root[:each].size, root[:each].to_a, root[:each].next, root[:chain].to_a
  p root[:errors], root[:errors].map(&:backtrace), root[:errors][1].key
  p defined?(StringIO), root[:text].gets, StringIO.name, root[:time]
RUBY
# What lives in one process only is refused, with the way to it.
["$stdin.dup", "Thread.current", "binding", "[1].each.tap(&:next)", "ObjectSpace::WeakMap.new", "'ab'.match(/a/)"].each do |code|
  elsewhere <<~RUBY
    Maglev[:here] = { list: [#{code}] }
    begin
      p Maglev.commit
    rescue TransactionError
      puts $!.message.gsub(/0x\\h+/, "0x..").gsub(/ -e:.*?>/, ">").sub(/Fiber:[^>]*/, "Fiber")
    end
  RUBY
end
