# The behaviours D and E of the original: modes, classes, what can be saved.
require_relative "support/behaviours"

behaviour("D1", "false") { vm "p Maglev.persistent?" }
behaviour("D2", %w[true true]) { [vm("p Maglev.persistent?", "-Mpersistent"), vm("p Maglev.persistent?", "-Mcommit")] }
behaviour("D3", %w[true false true false false]) { vm "Maglev.persistent { p Maglev.persistent?; Maglev.transient { p Maglev.persistent? }; p Maglev.persistent? }; p Maglev.persistent?; (Maglev.persistent { raise } rescue 0); p Maglev.persistent?" }
behaviour("D4", %w[1 2]) { vm "p Maglev.persistent { 1 }, Maglev.transient { 2 }" }
behaviour("D5", %w[true false]) { [vm("Maglev.persistent { p Thread.new { Maglev.transient? }.value }"), vm("p Thread.new { Maglev.transient? }.value", "-Mpersistent")] }
KLASS = 'Maglev.persistent { eval "class C; K = 1; @@v = 2; @i = 3; class << self; attr_reader :i; end; def m = [K, @@v, self.class.i]; def n = 1; def self.s = 2; end" }; p Maglev.commit'
behaviour("D6", ["true", "[1, 2, 3]"]) { [vm(KLASS), vm("p C.new.m")] }
behaviour("D7", ["[1, 2, 3]", "true", "1"]) { vm(KLASS); vm("p C.new.m, C.maglev_persistable?, C::K") }
behaviour("D8", %w[false 1]) do
  vm "Object.const_set(:T, 1); Maglev.persistent { Object.const_set(:P, 1) }; Maglev.commit"
  [vm("Maglev.root; p Object.const_defined?(:T)"), vm("p P")]
end
behaviour("D9", [["7", ":transient"], %w[NameError NoMethodError], ":persistent"]) do
  vm KLASS
  here = vm "class C; T = 7; def t = :transient; end; p C::T, C.new.t; Maglev.commit"
  [here, vm("p((C::T rescue $!.class), (C.new.t rescue $!.class))"), (vm('Maglev.persistent { eval "class C; def t = :persistent; end" }; Maglev.commit'); vm("p C.new.t"))]
end
behaviour("D10", ["NoMethodError", "NoMethodError", "[1, 2, 3]"]) do
  vm KLASS
  vm "Maglev.persistent { C.remove_method(:n); C.singleton_class.remove_method(:s) }; Maglev.commit"
  vm "p((C.new.n rescue $!.class), (C.s rescue $!.class), C.new.m)"
end
behaviour("D11", ["TypeError", "NameError"]) do
  vm KLASS
  [vm("C; p((Object.send(:remove_const, :C) rescue $!.class))"), (vm("C; Maglev.persistent { Object.send(:remove_const, :C) }; Maglev.commit"); vm("p((C rescue $!.class))"))]
end
behaviour("D12", "7") { vm('Maglev.persistent { eval "module M; def x = 7; end; class C; include M; end" }; Maglev.commit'); vm("p C.new.x") }
behaviour("D13", ["[123, 678]", "[123, 345]"]) do
  here = vm 'Maglev.persistent { eval "class X; A = 1; end"; X.const_set(:X10, 123); X.const_set(:X20, 345); Maglev.transient { X.send(:remove_const, :X20) rescue 0; X.const_set(:X20, 678); Maglev.commit } }; Maglev.abort; p [X::X10, X::X20]'
  [Array(here).last, vm("p [X::X10, X::X20]")]
end
behaviour("D14", ["5", "7", "nil"]) do
  File.write("lazy.rb", "LAZY = 5; class C; INNER = 7; end")
  vm "Maglev.persistent { Object.autoload(:LAZY, File.expand_path('lazy.rb')); eval 'class C; autoload :INNER, File.expand_path(%q(lazy.rb)); end'; RCQueue.new }; Maglev.commit"
  [vm("Maglev.root; p LAZY"), vm("p C::INNER"), vm("Maglev.root; p Object.autoload?(:RCHash) && nil")]
end
behaviour("D15", %w[1 NoMethodError]) do
  vm "o = Maglev[:o] = [0]; Maglev.persistent { def o.saved = 1 }; def o.passing = 2; Maglev.commit"
  vm "p Maglev[:o].saved, (Maglev[:o].passing rescue $!.class)"
end
behaviour("D16", ["1", "2"]) { vm("class F; def m = 1; end; Maglev[:r] = 2", "-Mcommit"); vm("p F.new.m, Maglev[:r]") }
behaviour("D17", ["[1, 2, false]"]) do
  vm 'Maglev.persistent { eval "class V; def m = 1; end" }; Maglev[:old] = V.new; Maglev.commit'
  vm 'Maglev[:old].m; Maglev.persistent { Object.send(:remove_const, :V); eval "class V; def m = 2; end" }; Maglev[:new] = V.new; Maglev.commit'
  [vm("p [Maglev[:old].m, Maglev[:new].m, Maglev[:old].class == Maglev[:new].class]")]
end

behaviour("E1", ["TransactionError", "true", "nil"]) do
  [*vm("class T; end; Maglev[:a] = 1; Maglev[:t] = T; begin; Maglev.commit; rescue => e; p e.class, e.object == T; end"), vm("p Maglev[:a]")]
end
behaviour("E2", %w[TransactionError true]) { vm "class T; end; Maglev[:t] = T.new; p((Maglev.commit rescue $!.class)); Maglev.abort; Maglev[:b] = 1; p Maglev.commit" }
behaviour("E3", ["C", "1", "NoMethodError"]) do
  vm "class C; K = 1; def m = 1; end; C.maglev_persistable; Maglev[:c] = C.new; Maglev.commit"
  vm "p Maglev[:c].class, C::K, (Maglev[:c].m rescue $!.class)"
end
behaviour("E4", ["[1, 2, 3, 4, 5]"]) do
  vm "module I; def i = 4; end; module X; def x = 5; end; class C; K = 3; include I; extend X; def m = 1; def self.s = 2; end; C.maglev_persistable(true); Maglev[:c] = C.new; Maglev.commit"
  [vm("p [Maglev[:c].m, C.s, C::K, Maglev[:c].i, C.x]")]
end
behaviour("E5", ["true", "NoMethodError", "1"]) do
  vm "module I; def i = 1; end; class C; redo_include(I); end; C.maglev_persistable(true) { |m| false }; Maglev[:c] = C.new; p Maglev.commit"
  vm "module I; def i = 1; end; p Maglev[:c].is_a?(C), (Maglev[:c].i rescue $!.class); C.redo_include_and_extend; p Maglev[:c].i"
end
behaviour("E6", %w[TransactionError true Maglev::NotPersistableException]) do
  vm 'Maglev.persistent { eval "class C; end; class D; end" }; C.maglev_instances_persistable = false; Maglev[:c] = C.new; p((Maglev.commit rescue $!.class)); Maglev.abort; Maglev[:d] = D.new; p Maglev.commit; class T; end; begin; T.maglev_instances_persistable = true; rescue => e; p e.class; end'
end
behaviour("E7", %w[true TransactionError]) { vm 'Maglev.persistent(false) { eval "class C; end" }; p C.maglev_persistable?; Maglev[:c] = C.new; p((Maglev.commit rescue $!.class))' }
behaviour("E8", "ArgumentError") { vm "module T; class C; end; end; p((T::C.maglev_persistable rescue $!.class))" }
behaviour("E9", %w[5 6]) do
  vm "n = 5; Maglev[:p] = -> { n }; Maglev[:q] = RCQueue.new; Maglev[:q] << proc { n + 1 }; Maglev.commit"
  vm "p Maglev[:p].call, Maglev[:q].shift.call"
end
behaviour("E11", "1") { vm('Maglev.persistent { eval "module M; LOCK = Mutex.new; end" }; Maglev.commit'); vm("p M::LOCK.synchronize { 1 }") }
