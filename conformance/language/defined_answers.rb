# != asks == of subclasses of String; defined? asks respond_to_missing? as a check of a call does.
class MyString < String
  def ==(b) = "#{self}_" == b
end
ma = MyString.new("a")
p ma == "a", ma != "a_", "a_" == ma, "a" != ma, ma != MyString.new("a_"), ma == ma
o = Object.new
def o.respond_to?(*a) = (p a; false)
p defined?(o.something), defined?(o.to_s), defined?(o.puts)
def o.something = 1
p defined?(o.something)
class Q; def respond_to?(n, p = false) = n == :magic; def t = [defined?(magic()), defined?(other()), defined?(t())]; end
p defined?(Q.new.magic), defined?(Q.new.t), Q.new.t
