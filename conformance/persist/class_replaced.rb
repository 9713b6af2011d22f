# A process that has instances of a class keeps them apart from those of the class that replaced it, and writes them as what they are.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere 'Maglev.persistent { eval "class V; attr_accessor :n; def version = 1; end" }; Maglev[:old] = V.new; Maglev.commit'
old = Maglev[:old]
p old.version, V
elsewhere 'Maglev.persistent { Object.send(:remove_const, :V); eval "class V; attr_accessor :n; def version = 2; end" }; Maglev[:new] = V.new; Maglev.commit'
Maglev.abort
p Maglev[:new].version, old.version, V.equal?(Maglev[:new].class), old.class.equal?(V)
old.n = Maglev[:new].n = 5
Maglev[:other] = old.class.new
p Maglev.commit
elsewhere 'p Maglev[:old].version, Maglev[:old].n, Maglev[:new].version, Maglev[:new].n, Maglev[:other].version'

# What a program has not loaded yet is removed all the same, wherever it stands.
elsewhere 'Maglev.persistent { eval "class A; end; class B; end; module N; class W; def w = 1; end; class X; end; K = 1; end; L = [1]; M = [2]" }; Maglev[:w] = N::W.new; Maglev.commit'
elsewhere 'Maglev.persistent { Object.send(:remove_const, :A); B; Object.send(:remove_const, :B); N.send(:remove_const, :W); N::X; N.send(:remove_const, :X); N.send(:remove_const, :K) }; Maglev.commit'
elsewhere 'M; Maglev.persistent { Object.send(:remove_const, :L); Object.send(:remove_const, :M) }; Maglev.commit'
elsewhere 'p %w[A B N::W N::X N::K L M].map { |name| Object.const_get(name) rescue $!.message }, Maglev[:w].w, N'
elsewhere 'Maglev.persistent { eval "module N; class W; def w = 2; end; end" }; Maglev[:new] = N::W.new; Maglev.commit'
elsewhere 'p Maglev[:w].w, Maglev[:new].w, N::W.new.w'
elsewhere 'p((Object.send(:remove_const, :Nowhere) rescue $!.message), (Maglev.persistent { Object.send(:remove_const, :Nowhere) } rescue $!.message), (N.send(:remove_const, :W) rescue $!.message))'
