# A warehouse in the repository: a catalogue that is searched, orders in a queue, workers that are killed, a change of the schema while they
# work, and a keeper that collects and compacts.
#
#   maglev-ruby examples/inventory.rb            ten minutes with eight workers
#   maglev-ruby examples/inventory.rb --short    a few seconds
#
# Customers put orders into the queue, workers take them out and move stock. Each acknowledged order and each acknowledged delivery stands in
# a log file of its process. At the end every order that was acknowledged is in the queue or delivered, once; no stock was made or lost.

SHORT = ARGV.include?("--short")
SECONDS = (ENV["INVENTORY_SECONDS"] || (SHORT ? 6 : 600)).to_f
CUSTOMERS = 2
WORKERS = SHORT ? 2 : 6
ITEMS = SHORT ? 60 : 600
STOCK = 1_000_000
FOLDER = ENV["INVENTORY_FOLDER"] || File.expand_path("inventory-#{Process.pid}")
MAGLEV = File.join(File.dirname(RbConfig.ruby), "maglev")

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

def set_up
  Maglev.persistent do
    eval <<~'RUBY', TOPLEVEL_BINDING
      class Item
        attr_reader :name, :price, :stock

        def initialize(name, price, stock)
          @name = name
          @price = price
          @stock = stock
        end

        def take(count)
          raise "only #{@stock} of #{@name} left" if count > @stock
          @stock -= count
        end
      end

      class Order
        attr_reader :id, :item, :count, :note

        def initialize(id, item, count)
          @id = id
          @item = item
          @count = count
          @note = "order #{id} of #{count} " * 4
        end
      end
    RUBY
  end
  items = IdentitySet.new
  items.create_equality_index("@price", Integer)
  catalogue = Array.new(ITEMS) { |number| Item.new("item #{number}", number % 50, STOCK) }
  catalogue.each { |item| items.add(item) }
  Maglev[:catalogue] = catalogue.to_h { |item| [item.name, item] }
  Maglev[:by_price] = items
  Maglev[:orders] = RCQueue.new
  Maglev[:sold] = RCCounter.new
  Maglev[:delivered] = RCHash.new
  Maglev.commit
end

# The workers of the new kind write down who delivered; objects that are there get the variable when they are touched.
def change_schema
  Maglev.transaction do
    Maglev.persistent do
      eval <<~'RUBY', TOPLEVEL_BINDING
        class Item
          def last_taken = @last_taken ||= 0

          def take(count)
            raise "only #{@stock} of #{@name} left" if count > @stock
            @last_taken = count
            @stock -= count
          end
        end
      RUBY
    end
  end
end

def log = @log ||= File.open("#{FOLDER}/log-#{ARGV[0]}-#{Process.pid}", "a").tap { |file| file.sync = true }

def customer(deadline)
  serial = 0
  random = Random.new(Process.pid)
  while now < deadline
    id = "#{Process.pid}-#{serial += 1}"
    Maglev.transaction(retries: 1000) do
      cheap = Maglev[:by_price].search("@price", :eql, random.rand(50)).to_a
      item = cheap[random.rand(cheap.size)]
      Maglev[:orders] << Order.new(id, item, 1 + random.rand(3))
    end
    log.write("ordered #{id}\n")
    sleep 0.001 * random.rand(4)
  end
end

def worker(deadline)
  while now < deadline
    order = Maglev.transaction(retries: 1000) do
      Maglev.abort
      order = Maglev[:orders].shift or next
      order.item.take(order.count)
      Maglev[:sold].increment_by(order.count)
      Maglev[:delivered][order.id] = order.count
      order
    end
    # The order is out of reach now, but for this variable; its note may not be loaded yet, and the collector may run.
    order ? log.write("delivered #{order.id} #{order.note.size}\n") : sleep(0.005)
  end
end

def start(role) = spawn({ "MAGLEV_STORE" => "#{FOLDER}/store", "INVENTORY_FOLDER" => FOLDER }, RbConfig.ruby, __FILE__, role, *(SHORT ? ["--short"] : []))

# Somebody is killed and replaced, again and again; the keeper works in between, and is killed as well.
def storm(random)
  roles = ["customer"] * CUSTOMERS + ["worker"] * WORKERS
  processes = roles.map { |role| start(role) }
  deadline = now + SECONDS
  kills = 0
  keepings = 0
  changed = false
  while now < deadline
    sleep 0.2 + random.rand * 0.3
    victim = random.rand(processes.size)
    raise "#{roles[victim]} ended by itself" if Process.wait(processes[victim], Process::WNOHANG)
    Process.kill(:KILL, processes[victim])
    Process.wait(processes[victim])
    processes[victim] = start(roles[victim])
    kills += 1
    keeper = spawn({ "MAGLEV_STORE" => "#{FOLDER}/store" }, MAGLEV, "compact", "--wait", "2", out: File::NULL, err: File::NULL)
    if random.rand(3) == 0
      sleep random.rand * 0.2
      Process.kill(:KILL, keeper)
    end
    status = Process.wait2(keeper)[1]
    keepings += 1 if status.exitstatus
    next if changed || now < deadline - SECONDS / 2
    changed = true
    change_schema
  end
  processes.each { |process| Process.kill(:KILL, process) && Process.wait(process) }
  [kills, keepings]
end

# Everything that was acknowledged against what the repository has.
def verify
  Maglev.abort
  lines = Dir.glob("#{FOLDER}/log-*").flat_map { |path| File.read(path).lines.select { |line| line.end_with?("\n") } }
  ordered = lines.filter_map { |line| line[/\Aordered (\S+)/, 1] }
  delivered = lines.filter_map { |line| line[/\Adelivered (\S+)/, 1] }
  waiting = Maglev[:orders].to_a.map(&:id)
  done = Maglev[:delivered].keys
  raise "an order is delivered and waits" unless (waiting & done).empty?
  raise "an order waits twice" unless waiting.uniq.size == waiting.size
  raise "orders are lost: #{(ordered - waiting - done).first(3)}" unless (ordered - waiting - done).empty?
  raise "deliveries are lost: #{(delivered - done).first(3)}" unless (delivered - done).empty?
  raise "a delivery was acknowledged twice" unless delivered.uniq.size == delivered.size
  sold = Maglev[:delivered].values.sum
  left = Maglev[:catalogue].values.sum(&:stock)
  raise "#{sold} were delivered, #{Maglev[:sold].value} counted, #{ITEMS * STOCK - left} are gone" unless [Maglev[:sold].value, ITEMS * STOCK - left].uniq == [sold]
  raise "the index forgot items" unless (0...50).sum { |price| Maglev[:by_price].search("@price", :eql, price).size } == ITEMS
  raise "the schema did not change" unless Maglev[:catalogue]["item 1"].last_taken.is_a?(Integer)
  raise "fsck: #{`#{MAGLEV} fsck`}" unless system(MAGLEV, "fsck", out: File::NULL)
  [ordered.size, done.size]
end

case ARGV[0]
when "customer" then customer(now + SECONDS + 30)
when "worker" then worker(now + SECONDS + 30)
else
  unless ENV["INVENTORY_FOLDER"]
    # Everything below is done in a repository of its own.
    Dir.mkdir(FOLDER)
    exec({ "MAGLEV_STORE" => "#{FOLDER}/store", "INVENTORY_FOLDER" => FOLDER }, RbConfig.ruby, __FILE__, *ARGV)
  end
  set_up
  seed = ENV["INVENTORY_SEED"]&.to_i || Random.new_seed % 1000
  kills, keepings = storm(Random.new(seed))
  orders, deliveries = verify
  raise "nothing happened" unless orders > 10 && deliveries > 10
  puts "nothing lost: #{orders} orders acknowledged, #{deliveries} delivered, #{kills} kills, #{keepings} times compacted (seed #{seed})" unless SHORT
  puts "nothing lost" if SHORT
  system("rm", "-rf", FOLDER)
end
