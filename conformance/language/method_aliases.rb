# Names of methods, aliases, and new visibilities of inherited methods.
class A
  def foo = [:A, __method__, __callee__]
  def bar = :bar
  alias baz foo
end
class B < A
  alias al foo
  private :foo
  public :bar
end
class C < B
  public :foo
  def foo2 = foo
end
p B.new.send(:foo), B.new.al, A.new.baz, C.new.foo, C.new.foo2
class A; def foo = [:A2, __method__, __callee__]; end
# A change above is seen through visibilities, not through aliases.
p B.new.send(:foo), B.new.al, A.new.baz, C.new.foo
begin
  B.new.foo
rescue NoMethodError => error
  puts error.message
end
p B.instance_method(:foo).owner, C.instance_method(:foo).owner, C.instance_method(:foo).name
p B.instance_method(:al).inspect[/A#al\(foo\)/], C.instance_method(:foo).inspect[/A#foo\(\)/], C.new.method(:foo).super_method
p B.instance_method(:al).super_method.owner, C.instance_method(:foo).super_method
p B.private_instance_methods(false), C.public_instance_methods(false)
p B.instance_method(:foo) == A.instance_method(:foo), B.instance_method(:foo).hash == A.instance_method(:foo).hash
class A; remove_method :foo; end
begin
  C.new.foo
rescue NoMethodError => error
  puts error.message
end
begin
  C.instance_method(:foo)
rescue NameError => error
  puts error.message
end

# The same for singleton methods and protected ones.
class F
  def self.made = [__method__, __callee__]
  class << self; alias built made; private :made; end
end
class G < F; public_class_method :made; end
p F.built, G.made, G.built
class H; def x = 1; end
class I < H; protected :x; def read(other) = other.x; end
p I.new.read(I.new), H.new.x
begin
  I.new.x
rescue NoMethodError => error
  puts error.message[/protected method 'x' called/]
end

# __callee__ in blocks, through send, in procs, and in hot code.
def named = [__method__, __callee__]
alias other named
alias third other
p other, send(:other), method(:other).call, [1].map { third }, method(:third).to_proc.call
def blocks = [1].map { __callee__ }
alias blocks2 blocks
p blocks2
self.class.define_method(:defined) { [__method__, __callee__] }
alias defined2 defined
p defined2
counts = Hash.new(0)
3000.times { |index| counts[index.even? ? named : other] += 1 }
p counts

# define_method with a method keeps the name of that.
class J
  def original = [__method__, __callee__]
end
class K < J
  define_method(:renamed, J.instance_method(:original))
  alias again renamed
  define_method(:text, Kernel.instance_method(:inspect))
end
p K.new.renamed, K.new.again, K.instance_method(:renamed).original_name, K.instance_method(:again).original_name, K.instance_method(:text).original_name
p K.instance_method(:renamed) == K.instance_method(:again), K.instance_method(:renamed) == J.instance_method(:original)
class J
  define_method(:twin, instance_method(:original))
  p instance_method(:twin) == instance_method(:original)
end
class K
  def original = [:above, super]
  alias again original
end
p K.new.again
