# Methods of a copied class see the constants and class variables of the copy; who may reach protected methods.
class A
  NAME = :a
  @@count = 0
  def name = NAME
  def bump = @@count += 1
  def nested = [1].map { NAME }
end
B = A.dup
B.class_eval { remove_const :NAME; const_set :NAME, :b }
3.times { p [A.new.name, B.new.name, A.new.nested, B.new.nested] }
p A.new.bump, A.new.bump, B.new.bump, A.class_variable_get(:@@count), B.class_variable_get(:@@count)
M = Module.new { const_set(:X, 1); class_eval "def x = X" }
N = M.clone
N.send(:remove_const, :X); N.const_set(:X, 2)
p Class.new { include M }.new.x, Class.new { include N }.new.x
p A.instance_method(:name) == B.instance_method(:name), B.instance_method(:name).source_location
class P
  def ask(m) = public_send(m)
  def direct(o) = o.prot
  protected def prot = :prot
end
begin; P.new.ask(:prot); rescue NoMethodError => e; puts e.message; end
p P.new.direct(P.new), P.new.send(:prot)
def forward(...) = p(...)
def behind(x, ...) = p(x, ...)
def nameless(*, &) = 1
puts [:forward, :behind, :nameless].map { |name| method(name).inspect[/\(.*?\)/] }
broken = "A\xDE"
[-> { 1.respond_to?(broken) }, -> { 1.send(broken) }, -> { Class.new.attr_reader(broken) }, -> { Object.const_get(broken) }].each do |call|
  call.call
rescue EncodingError => e
  puts e.message
end
p Module.new.const_set("\u01f2", 1), Module.new.const_set("\u0391".encode("EUC-JP"), 2), Module.new.const_set("\u00c9t\u00e9".encode("ISO-8859-1"), 3)
