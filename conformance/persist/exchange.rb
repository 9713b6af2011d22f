# Objects that change places or classes, references that are saved as nil, GStore and ObjectLog.
require_relative "support/behaviours"
def show = puts(begin; yield.inspect; rescue StandardError => e; "#{e.class}: #{e.message.gsub(/0x\h+/, "0x..")}"; end)

vm <<~'CODE'
  Maglev.persistent do
    class Small; attr_accessor :a; def initialize(a) = @a = a; end
    class Large; def initialize = 12.times { |i| instance_variable_set("@v#{i}", i) }; def sum = (0..11).sum { |i| instance_variable_get("@v#{i}") }; end
    class List < Array; attr_accessor :note; end
    Pair = Struct.new(:left, :right)
  end
  Maglev[:small], Maglev[:large], Maglev[:list], Maglev[:array] = Small.new([1]), Large.new, List.new([1, 2]).tap { _1.note = :n }, ["x"]
  Maglev[:hash], Maglev[:counts] = { "k" => [1] }, Hash.new { |hash, key| hash[key] = key.to_s }.compare_by_identity
  Maglev[:pair], Maglev[:text], Maglev[:other] = Pair.new(1, 2), +"text", "\xff".b
  Maglev[:holder] = [Maglev[:small], Maglev[:large], Maglev[:text]]
  Maglev.commit
CODE
watcher = Session.new
watcher["$held = Maglev[:small]; $large = Maglev[:large]; [$held.a, $large.sum]"]
small, large = Maglev[:small], Maglev[:large]
ids = [small.object_id, large.object_id]
p small.become(large).equal?(small), small.sum, large.a, [small.class, large.class], ids == [small.object_id, large.object_id]
small.instance_variable_set(:@v0, 100)
Maglev[:list].become(Maglev[:array])
Maglev[:hash].become(Maglev[:counts])
Maglev[:text].become(Maglev[:other])
p Maglev[:list], Maglev[:array].note, Maglev[:hash][:new], Maglev[:counts], Maglev[:text], Maglev[:other]
p Maglev.needs_commit?, Maglev.commit
p watcher["Maglev.abort; [$held.sum, $large.a, $held.class, Maglev[:holder].map(&:class)]"], watcher["$held.instance_variable_set(:@v1, 50); Maglev.commit"]
puts vm("p Maglev[:small].sum, Maglev[:large].a, Maglev[:list], Maglev[:array], Maglev[:array].note, Maglev[:counts]['k'], Maglev[:hash][:y], Maglev[:text], Maglev[:other]")
Maglev.abort
small.become(large)
p [small.class, large.class]
Maglev.abort
p [small.class, large.class], small.sum, large.a
# Objects of this process only, and what cannot become another.
class Mine; def initialize = @one = 1; attr_reader :one, :two; end
mine, yours = Mine.new, Maglev[:pair]
mine.become(yours)
p mine, yours.one, mine.left
show { Maglev.commit }
mine.become(yours)
p Maglev.commit
[[1, 2], [:a, "b"], ["a", []], [->() {}, ->() {}], ["f".freeze, +"g"], [Object.new.tap { def _1.x = 1 }, Object.new], [nil, "n"]].each { |one, other| show { one.become(other) } }
numbers = Array.new(40) { |i| i }
strings = numbers.map(&:to_s)
GC.start
numbers.become(strings)
p numbers[39], strings[39]

vm "Maglev.persistent { eval 'class Item; attr_reader :name; def initialize(n) = @name = n; def show = \"old \#@name\"; end' }; Maglev[:items] = %w[a b].map { Item.new(_1) }; Maglev[:all] = Array.new(300) { Item.new(_1) }; Maglev.commit"
watcher["Maglev.abort; $items = Maglev[:items].to_a; $items.map(&:show)"]
puts vm(<<~'CODE')
  old = Item
  first = Maglev[:items][0]
  made = Maglev.persistent { Item.maglev_redefine { class Item; attr_reader :name; def initialize(n) = (@name, @extra = n, 0); def show = "new #@name #{@extra.inspect}"; def extra! = (@extra, @more = 1, 2); end } }
  p made == Item, old == Item, first.show, first.instance_of?(Item), Maglev.needs_commit?
  first.extra!
  p Maglev.commit, (Maglev.persistent { Item.maglev_redefine { } } rescue $!.class)
CODE
p watcher["Maglev.abort; $items.map(&:show)"]
puts vm("p Maglev[:items].map(&:show), Maglev[:all].map(&:class).uniq, Maglev[:all].sum(&:name), Item.all_instances.size")
puts vm("Maglev[:x] = 1; p((Item.maglev_redefine { } rescue $!.message))")

class Cache; maglev_nil_references; end
Maglev.abort
Maglev[:cached] = [Cache.new, Cache, { cache: Cache.new }]
p Maglev.commit, Maglev[:cached][0].class, Cache.maglev_nil_references?
show { Cache.maglev_persistable }
p vm("p Maglev[:cached]")

puts vm(<<~'CODE')
  store = GStore.new("shop")
  p store.transaction { |s| s[:a] = [1]; s[:b] = 2; s.keys }
  p store.transaction { |s| s[:a] << 2; s.abort; 1 }, store.transaction(true) { |s| [s[:a], s.root?(:b), s.fetch(:z, 7)] }
  p((store.transaction { |s| s[:b] = 3; raise "stop" } rescue $!.message), store.transaction { |s| s.delete(:b); s.commit; 1 })
  p((store.transaction { store.transaction { } } rescue $!.message), (store.transaction(true) { |s| s[:a] = 1 } rescue $!.message), (store[:a] rescue $!.message))
  p GStore.new("other").transaction { |s| s[:a] }
  Maglev.commit
  store.transaction { |s| s[:lost] = 1 }
CODE
puts vm("p GStore.new('shop').transaction(true) { |s| s.roots.map { |key| [key, s[key]] } }; GStore.rm('shop'); Maglev.commit")
puts vm("p GStore.new('shop').transaction(true, &:roots)")
vm "ObjectLogEntry.warn('w', [1]).add_to_log; ObjectLogEntry.info('i').add_to_log; Maglev.commit"
puts vm("p ObjectLog.warns.map(&:label), ObjectLog.to_a.size, ObjectLog.delete(ObjectLog.infos(true)[0]).label")
puts vm("p ObjectLog.to_a.map(&:object)")
p maglev("fsck")[1]
Session.close_all
