# Indexes of IdentitySets: the answers are those of a search without one, whoever changes what, and the repository keeps them.
require_relative "support/behaviours"
srand(4)
puts vm(<<~'CODE')
  Maglev.persistent do
    class Address
      attr_accessor :zip
      def initialize(zip) = @zip = zip
    end
    class Person
      attr_accessor :name, :age, :address
      def initialize(name, age, address) = (@name, @age, @address = name, age, address)
    end
  end
  homes = Array.new(8) { |i| Address.new(1000 + i) }
  people = Array.new(60) { |i| Person.new(+"name #{i % 20}", [i % 15, i / 2.0, nil, "text", 3r][i % 7] || i, homes[i % 8]) }
  Maglev[:people], Maglev[:plain] = IdentitySet.with_all(people), IdentitySet.with_all(people)
  set = Maglev[:people]
  p set.kinds_of_index_on("@name")
  set.create_equality_index("@name", String)
  p set.kinds_of_index_on("@name")
  set.create_identity_index(:@name)
  p set.kinds_of_index_on(["@name"]), set.identity_indexed_paths
  set.remove_identity_index("@name")
  set.create_equality_index("@age", Integer).create_equality_index("@address.@zip", Integer)
  p set.kinds_of_index_on("@name"), set.kinds_of_index_on("@age"), set.equality_indexed_paths, set.identity_indexed_paths
  p((set.create_equality_index("@a." * 17 + "@a") rescue $!.class))
  Maglev.commit
CODE
CHECK = <<~'CODE'
  def ask
    [["@name", :eql, "name 7"], ["@name", :lt, "name 12"], ["@name", :not_eql, "name 1"], ["@age", :eql, 3], ["@age", :gte, 7.5], ["@age", :equal, 4],
     ["@age", :eql, "text"], ["@address.@zip", :gt, 1004], ["@address.@zip", :lte, 1002], ["@address.@zip", :equal, 1005]].each do |path, operation, value|
      with, without = [Maglev[:people], Maglev[:plain]].map { |set| set.search(path, operation, value) }
      puts "#{path} #{operation} #{value}: #{with.size} instead of #{without.size}" unless with == without
    end
    with, without = [Maglev[:people], Maglev[:plain]].map { |set| [set.search_between("@age", 2, 9), set.search_range("@age", 2..4), set.search_range("@name", "name 1".."name 3")] }
    puts "ranges differ" unless with == without
    puts Maglev[:people].search("@age", :lt, 10).size
  end
CODE
puts vm(CHECK + "ask")
# Changes of the elements, of what lies on the path, of the Strings at its end; before and after the commit, and without looking at the set.
puts vm(CHECK + <<~'CODE')
  people = Maglev[:people].to_a
  people[0].age = 9
  people[1].address.zip = 1006
  people[2].address = Address.new(1001)
  people[3].name << "x"
  people[4].name = "name 7"
  people[5].remove_instance_variable(:@age)
  ask
  Maglev.commit
  people[2].address.zip = 1005
  people[6].age = 1
  ask
  Maglev.commit
CODE
puts vm(CHECK + "ask")
vm "class Person; end; one = Maglev[:people].to_a[10]; Maglev[:one] = one; Maglev.commit"
p vm("Maglev[:one].age = 2; Maglev[:one].name << 'y'; Maglev[:one].address.zip = 1; Maglev.commit; p Object.autoload?(:IdentitySet)")
puts vm(CHECK + "ask")
# Elements that come and go, and an abort.
puts vm(CHECK + <<~'CODE')
  sets = [Maglev[:people], Maglev[:plain]]
  fresh = Array.new(5) { |i| Person.new("name 7", i, Address.new(1002)) }
  sets.each { |set| fresh.each { set << _1 }; set.to_a.first(3).each { |old| set.delete(old) } }
  fresh[0].age = 8
  fresh[1].address.zip = 1007
  ask
  Maglev.abort
  ask
  sets.each { |set| fresh.each { set << _1 }; set.delete_if { |person| person.name == "name 5" } }
  fresh[2].age = 8
  Maglev.commit
  fresh[3].age = 8
  ask
  Maglev.commit
  fresh[4].age = 8
  fresh[2].address = nil
  ask
  sets.each { |set| set.subtract(fresh.first(2)) }
  Maglev.begin_nested_transaction
  fresh[3].age = 100
  ask
  Maglev.abort
  ask
  Maglev.commit
CODE
puts vm(CHECK + "ask")
# Two processes at once; one is killed.
workers = Array.new(2) { |i| spawn(RbConfig.ruby, "-e", "srand(#{i}); all = Maglev[:people].to_a; 40.times { Maglev.transaction(retries: 500) { all.sample.age = rand(20); all.sample.address&.zip = 1000 + rand(8) } }") }
victim = IO.popen([RbConfig.ruby, "-e", 'all = Maglev[:people].to_a; loop { Maglev.transaction(retries: 500) { all.sample.age = 50 }; puts; $stdout.flush }'])
3.times { victim.gets }
Process.kill(:KILL, victim.pid)
workers.each { Process.wait(_1) }
p Integer(vm(CHECK + "ask")) > 0
# A set of this process only, and one without its indexes.
puts vm(CHECK + <<~'CODE')
  set = IdentitySet.new.create_equality_index("@age")
  one = Person.new("x", 1, nil)
  set << one
  Maglev.commit
  one.age = 2
  p set.search("@age", :eql, 2).size, set.search("@age", :eql, 1).size, set.dup.equality_indexed_paths
  Maglev[:people].remove_all_indexes
  Maglev.commit
  p Maglev[:people].kinds_of_index_on("@age")
  Maglev[:people].clear
  Maglev[:plain].clear
  ask
CODE
