# What natives learn of their caller in compiled code: scopes, names, lines, visibility, blocks, matches.
module Outer
  X = 1
  class Module::Aliases; end
  class << ::Module; alias nest nesting; end
  class Inner
    def nest = Module.nest.map(&:name)
    def nest2 = Module.send(:nesting).size
    def nest3 = [1].map { Module.nest.size }.first
    def name1 = __method__
    def name2 = send(:__method__)
    alias other name1
    def name3 = [1].map { __method__ }.first
    def line = caller_locations(1, 1)[0].lineno
    alias where line
    def place = send(:where)
  end
end
class Object; alias cl caller_locations; alias cm __callee__; end
o = Outer::Inner.new
def lines(o) = [o.line, o.where, cl(0, 1)[0].label]
def hot(o) = [o.nest, o.nest2, o.nest3, o.name1, o.name2, o.other, o.name3, lines(o)]
r = nil
300.times { r = hot(o) }
p r
class Vis
  def self.make(i)
    k = Class.new do
      [1].each { |x| send(:private); define_method(:a) { x + i } }
      private
      def b = 2
      public
      def c = b
      m = method(:private)
      m.call
      def d = 3
      __send__ :public
      def e = d
      module_eval { private; def f = 4 }
      class_exec { def g = f }
    end
    [k.private_instance_methods(false).sort, k.public_instance_methods(false).sort]
  end
end
v = nil
150.times { |i| v = Vis.make(i) }
p v
module Fun
  alias_method :mf, :itself rescue nil
  3.times { |i| module_function; define_method(:"z#{i}") { i } }
  module_function
  def t = 5
  send :module_function, :t
end
p Fun.t
def blk_given = block_given?
def pass_on(&b) = blk_given(&b)
def deep = [1].each { |x| return [1].map { block_given? }.first }
alias bgv block_given?
def al = bgv
def al2 = [3].map { |q| bgv && yield(q) }.first
t = Hash.new(0)
400.times { |i| x = i; t[[blk_given { x }, blk_given, pass_on, pass_on { x }, deep, deep { x }, al, al { x }, al2 { |q| q + x } == 3 + x, al2]] += 1 }
p t
def lam(&b) = lambda(&b)
def prc(&b) = proc(&b)
def nw(&b) = Proc.new(&b)
s = 0
300.times { |i| x = i; s += [lam(&->(y) { y + x }).(1), prc { |y| y + x }.(2), nw { |y, z| y + z.to_i + x }.([1, 2])].sum; x += 1 }
p s
def dm(i)
  c = Class.new
  c.define_method(:q) { i + 1 }
  c.send(:define_method, :r, &-> { i + 2 })
  c.class_eval { define_method(:s) { |&b| b ? b.call(i) : i } }
  z = c.new
  z.q + z.r + z.s + z.s { |w| w + i }
end
p (1..200).sum { |i| dm(i) }
def md(s) = (s =~ /(\d+)/ ? $1.to_i + $~.end(0) : 0)
def md2(s) = (s.send(:=~, /(\d+)/); $~ ? $~[1].to_i : 0)
def md3(s) = (s.match?(/\d/); s.match(/(\d)(\d)?/); [1].sum { $1.to_i } + $2.to_i)
def md4(s) = s.gsub(/\d/) { ($&.to_i + 1).to_s }.sub(/(\w)/) { $1.upcase }
p (0...300).sum { |i| md("ab#{i}") + md2("x#{i}") + md3("q#{i}") + md4("z#{i}").size }
