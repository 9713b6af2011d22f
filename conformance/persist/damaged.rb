# A record that cannot be read: the object says so at each touch, nothing is made up, and the rest is as it was.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Box; attr_accessor :v; def initialize(v) = @v = v; end" }
  Maglev[:text] = +"DAMAGE-TEXT"
  Maglev[:list] = [1, +"DAMAGE-LIST", 3]
  Maglev[:list2] = ["DAMAGE-IN-ARRAY".to_sym]
  Maglev[:box] = Box.new(:"DAMAGE-BOX")
  Maglev[:hash] = { "DAMAGE-KEY" => 1, "good" => 2 }
  Maglev[:good] = Box.new([1])
  Maglev.commit
RUBY
# A live session keeps the log from being replayed.
Maglev.root
path = "#{ENV["MAGLEV_STORE"]}/seg/00000000"
log = File.binread(path)
%w[DAMAGE-TEXT DAMAGE-LIST DAMAGE-IN-ARRAY DAMAGE-BOX DAMAGE-KEY].each { |text| log[log.index(text) + 2] = "X" }
File.binwrite(path, log)

elsewhere <<~'RUBY'
  def show(what) = puts("#{what}: #{begin; yield.inspect; rescue => e; "#{e.class} #{e.message.gsub(/\d+/, "N")}"; end}")
  text = Maglev[:text]
  show("method") { text.size }
  show("again") { text.upcase }
  show("operator") { text == "x" }
  show("not") { !text }
  show("class") { text.class }
  show("inspect") { text.inspect }
  show("argument") { "x" + text }
  show("interpolated") { "#{text}" }
  show("respond_to?") { text.respond_to?(:size) }
  show("case") { case text when String then :string else :other end }
  show("ivar") { Maglev[:box].instance_variable_get(:@v) }
  show("ivar set") { Maglev[:box].v = 1 }
  show("reader") { Maglev[:box].v }
  show("instance_eval") { Maglev[:box].instance_eval { @v } }
  show("element") { Maglev[:list][1].size }
  show("neighbour") { Maglev[:list][0] + Maglev[:list][2] }
  show("join") { Maglev[:list].join("-") }
  show("compare") { [1, "x", 3] == Maglev[:list] }
  show("flatten") { [Maglev[:list2]].flatten }
  show("each") { Maglev[:list2].each { } }
  show("splat") { [*Maglev[:list2]] }
  show("key") { Maglev[:hash]["DAMAGE-KEY"] }
  show("dup") { Maglev[:list2].dup }
  show("good") { Maglev[:good].v << 2 }
  show("push") { Maglev[:list] << 4 }
  show("push into") { Maglev[:list2] << 4 }
  show("commit") { Maglev.commit }
  show("needs") { Maglev.needs_commit? }
RUBY
elsewhere 'p Maglev[:good].v, Maglev[:list].size, Maglev[:list].last; begin; Maglev[:text].size; rescue Maglev::StoreError; puts "still"; end'
# A process that met the damage finds what others wrote in its place: also where it was of another kind than could be told.
require_relative "support/behaviours"
witness = Session.new
p witness["$all = Maglev.root; $list = Maglev[:list]; [($list[1].size rescue $!.class), (Maglev[:text].size rescue $!.class), (Maglev[:box].v rescue $!.class)]"]
elsewhere 'Maglev[:text] = "new"; Maglev[:list2] = [5]; Maglev[:list][1] = "mended"; p Maglev.commit'
p witness["Maglev.abort; [$list, $all[:text], $all[:list2], $all[:good].v]"]
witness.close
elsewhere 'p Maglev[:text], Maglev[:list2]'

# The same in the part of the log that no checkpoint covers, after a kill: it is replayed, and one object is lost.
ENV["MAGLEV_STORE"] = File.expand_path("killed")
system(RbConfig.ruby, "-e", '%w[a b].each { Maglev[_1] = +"DAMAGE-#{_1}" }; Maglev.commit; 5.times { |i| Maglev[:later] = i; Maglev.commit }; Process.kill(:KILL, $$)')
path = "killed/seg/00000000"
log = File.binread(path)
log[log.index("DAMAGE-a") + 2] = "X"
File.binwrite(path, log)
elsewhere 'p Maglev[:later], Maglev["b"], (Maglev["a"].size rescue $!.class); Maglev["a"] = "new"; p Maglev.commit'
elsewhere 'p Maglev["a"]'
