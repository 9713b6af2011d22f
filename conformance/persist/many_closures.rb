# Variables of many Procs: each change is written, whatever a variable holds, and nothing else is.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")
def cell(value) = [-> { value }, ->(fresh) { value = fresh }]

Maglev[:cells] = Array.new(2000) { |i| cell(i) }
other = nil
Maglev[:late] = -> { other }
Maglev[:n] = [0]
p Maglev.commit
size = -> { IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), "status"], &:read)[/log bytes: (\d+)/, 1].to_i }
before = size.call
Maglev[:n][0] = 1
Maglev.commit
p size.call - before < 2000, Maglev.needs_commit?
# The places of dead objects are taken by others.
20.times do |turn|
  Maglev[:cells].first(5).each { |_, set| set.call("text #{turn}") }
  GC.start
  Maglev.commit
  garbage = Array.new(1000) { +"garbage" }
  Maglev[:cells].first(5).each { |_, set| set.call(["list", turn, garbage.size]) }
  garbage = nil
  GC.start
  p Maglev.needs_commit? unless Maglev.needs_commit?
  Maglev.commit
end
[1.5, 1e300, -0.0, 2**70, 2r / 3, :sym, nil, true, String, /x/, /y/.freeze, Encoding::UTF_8, $stdout, ENV, Object.new, "frozen".freeze].each_with_index { |value, i| Maglev[:cells][100 + i][1].call(value) }
Maglev.commit
Maglev[:cells][100][1].call(2.5)
Maglev[:cells][101][1].call(1e299)
Maglev[:cells][103][1].call(2**71)
p Maglev.needs_commit?, Maglev.commit
elsewhere <<~'CODE'
  get = ->(i) { Maglev[:cells][i][0].call }
  p get.(0), get.(4), get.(5), get.(1999), (100..112).map(&get), get.(113).equal?(ENV), get.(114).class, get.(115)
  Maglev[:cells][7][1].call(:elsewhere)
  Maglev[:cells][8][1].call([8])
  Maglev.commit
CODE
Maglev[:cells][9][1].call(:dropped)
Maglev.abort
p Maglev[:cells].values_at(7, 8, 9).map { |get, _| get.call }
# A Proc that names one more variable of an environment that is saved already.
other = "seen"
Maglev[:more] = -> { [other, before.class] }
p Maglev.commit
elsewhere 'p Maglev[:late].call, Maglev[:more].call'
other = "and changed"
Maglev.commit
elsewhere 'p Maglev[:late].call, Maglev[:more].call[0].equal?(Maglev[:late].call)'
