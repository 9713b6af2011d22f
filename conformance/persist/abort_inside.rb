# Giving up a transaction inside an iteration over its objects: nothing crashes, nothing is lost.
Maglev[:h] = (0...50).to_h { |i| [i, [i]] }
Maglev[:a] = Array.new(50) { [_1] }
Maglev[:s] = "x" * 100
o = Object.new; o.instance_variable_set(:@a, 1); o.instance_variable_set(:@b, [2]); Maglev[:o] = o
Maglev.commit
n = 0
Maglev[:h].each { |k, v| n += 1; if k == 5 then begin; Maglev[:h][:zz] = 1; rescue; p $!.class; end; Maglev[:h][3] = 9; Maglev.abort end }
p n, Maglev[:h].size, Maglev[:h][3]
Maglev[:h][:new] = 1
p Maglev[:h].size
Maglev.abort
n = 0
Maglev[:a].each { |v| n += 1; if n == 5 then Maglev[:a][0] = 1; Maglev.abort end }
p n
Maglev[:a].sort! { |x, y| Maglev[:a][1] = 7 if x == [3]; Maglev.abort; x[0] <=> y[0] } rescue p $!.class
p Maglev[:a].size
Maglev[:a].map! { |x| Maglev.abort; x } rescue p $!.class
p Maglev[:a].size, Maglev[:a][0]
Maglev[:s].each_char { |c| Maglev[:s] << "y"; Maglev.abort }
p Maglev[:s].size
Maglev[:s].gsub!(/x/) { Maglev.abort; "z" } rescue p $!.class
p Maglev[:s].size
Maglev[:o].instance_eval { @a = 5; Maglev.abort; p @a; @b << 3; Maglev.abort; p @b }
Maglev[:h].delete_if { |k, v| Maglev.abort if k == 9; k > 5 } rescue p $!.class
p Maglev[:h].size
p Maglev.commit
Maglev[:h].transform_values!  { |v| Maglev.abort; v } rescue p $!.class
p Maglev[:h].size
system(RbConfig.ruby, "-e", "p Maglev[:h].size, Maglev[:a].size, Maglev[:s].size")
