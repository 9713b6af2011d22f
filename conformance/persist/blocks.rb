# Blocks of every kind, made in methods, loops, texts and class bodies, run in another process as here.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

File.write("blocks_library.rb", <<'LIB')
# coding: utf-8
# frozen_string_literal: true
class Host
  attr_reader :x
  def initialize(x) = @x = x
  def captures(a, b = a + 1, *c, k: 3, &blk)
    inner = a * 10
    [->(z = inner, w: b) { [a, b, c, k, z, w, @x, blk&.call] }, proc { |(p, q), *r; s| s = 1; [p, q, r, s, inner] }, -> { inner += 1 }, -> { inner }]
  end
  def loops = 3.times.map { |i| j = i * 2; -> { [i, j += 1] } }
  def deep = [1].map { |a| [2].map { |b| [3].map { |c| -> { d = 4; [a, b, c, d].map { _1 + a } } } } }.flatten[0]
  def ret = -> { return 5; 6 }
  def lines = ->(a,
                 b = 2) do
    [a, b, __LINE__, __FILE__, __method__]
  end
  def err = -> { raise ArgumentError, "é {" } # a } brace
  def res = proc { |n| begin; raise "a" if (n -= 1) > 0; n; rescue; retry; ensure; @x = n; end }
  def pat = ->(h) { case h; in {a: Integer => v, **rest} then [v, rest]; else :no; end }
  def here = ->(t) { [<<~ONE, t, <<~TWO] }
    one #{t = 1}
  ONE
    two
  TWO
  def it_block = proc { it.to_s * 2 }
  def numbered = proc { _1 + _2 }
  def str = "x#{-> { 'lit'.frozen? }}" && -> { 'lit'.frozen? }
  def lam(&b) = lambda { |a| b.call(a) }
  def prc(&b) = b
  def gvar = ->(s) { s =~ /(\d+)/ ? [$1, $~.pre_match, $'] : nil }
  def sub = ->(s) { s.gsub(/\d/) { ($&.to_i + 1).to_s } }
  def rec = (f = ->(n) { n == 0 ? [] : f.(n - 1) << n })
  def mutual
    even = odd = nil
    even = ->(n) { n == 0 || odd.(n - 1) }
    odd = ->(n) { n != 0 && even.(n - 1) }
    [even, odd]
  end
  def cond = ->(a) { a ? (b = 1) : nil; b }
  def flip = proc { |a| next a * 2 if a > 1; break_me = 1; a }
  def while_loop = -> { i = 0; s = []; while i < 3; s << i; i += 1; end; s }
  def opassign = (h = {}; ->(k) { h[k] ||= 0; h[k] += 1; h })
  def multi = (a, (b, *c) = 1, [2, 3, 4]; -> { [a, b, c] })
  def kwrest = ->(*a, **k, &b) { [a, k, b&.call] }
  def const = -> { Inner::V }
  def ivar_set = ->(v) { @x = v }
  def sup = proc { super_thing }
  def super_thing = :st
  def defd = -> { defined?(@x) && defined?(zork).inspect }
  def curried = 1
  def self_proc = proc { self }
  def bnd = -> { v = 1; binding.local_variables.include?(:v) }
  module Inner; V = 42; end
  CONST = [->(x) { x + V2 }, ->(x) { x }]
  V2 = 100
end
LIB
elsewhere <<'RUBY'
Maglev.persistent { load "blocks_library.rb" }
h = Host.new(7)
root = Maglev.root
root[:host] = h
root[:cap] = h.captures(1, 2, 3, k: 4) { :blk }
root[:loops] = h.loops
%i[deep ret lines err res pat here it_block numbered str gvar sub rec mutual cond flip while_loop opassign multi kwrest const ivar_set sup defd self_proc bnd].each { |n| root[n] = h.public_send(n) }
root[:lam] = h.lam { |a| a }; root[:prc] = h.prc { |a, b| [a, b] }
root[:ie] = h.instance_eval { proc { @x } }
root[:ce] = Host.class_eval { -> { self } }
root[:ev] = eval("zz = 3; -> { zz += 1 }")
root[:cv] = [1,2].each_with_object([]) { |i, acc| acc << proc { i } }
p Maglev.commit
root[:cap][2].call; root[:loops][1].call
p Maglev.commit
RUBY
elsewhere <<'RUBY'
root = Maglev.root
c = root[:cap]
p c[0].call, c[0].(5, w: 6), c[1].call([[1, 2], 3]), c[3].call, c[2].call, c[3].call
p root[:loops].map(&:call), root[:deep].call, root[:ret].call, root[:lines].call(1)
p((root[:err].call rescue [$!.class, $!.message, $!.backtrace[0]]))
p root[:res].call(3), root[:host].x, root[:pat].call({a: 1, b: 2}), root[:pat].call(1), root[:here].call(0)
p root[:it_block].call(4), root[:numbered].call(1, 2), root[:str].call, root[:gvar].call("ab12cd"), root[:sub].call("a1b2"), root[:rec].call(3)
p root[:mutual][0].call(10), root[:mutual][1].call(7), root[:cond].call(true), root[:cond].call(nil), root[:flip].call(3), root[:while_loop].call
p root[:opassign].call(:a), root[:opassign].call(:a), root[:multi].call, root[:kwrest].call(1, a: 2) { 3 }, root[:const].call, Host::CONST[0].(1)
root[:ivar_set].call(9); p root[:host].x, root[:sup].call, root[:defd].call, root[:self_proc].call.equal?(root[:host]), root[:bnd].call
p root[:lam].lambda?, (root[:lam].call(1, 2) rescue $!.class), root[:prc].call(1), root[:ie].call, root[:ce].call, root[:ev].call, root[:cv].map(&:call)
p root[:lines].source_location, root[:here].source_location, root[:cap][0].parameters, root[:prc].source_location
p Maglev.commit
RUBY
elsewhere 'Maglev[:deep].call; Maglev[:here].instance_variable_set(:@a, 1); p Maglev.commit'
elsewhere 'p Maglev[:here].call(0), Maglev[:here].source_location, Maglev[:here].instance_variable_get(:@a)'
