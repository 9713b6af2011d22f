# A simulated operating system kernel after the idea of Martin Richards' benchmark: tasks of several kinds, each its
# own class, send packets to one another through queues; the scheduler always runs the ready task of highest priority.

class Packet
  attr_accessor :link, :owner, :kind, :data, :slots

  def initialize(link, owner, kind)
    @link = link
    @owner = owner
    @kind = kind
    @data = 0
    @slots = Array.new(4, 0)
  end

  def append_to(queue)
    @link = nil
    return self unless queue
    last = queue
    last = last.link while last.link
    last.link = self
    queue
  end
end

class Task
  attr_reader :id, :priority
  attr_accessor :next_task, :queue, :holding, :waiting

  def initialize(id, priority, next_task, queue)
    @id = id
    @priority = priority
    @next_task = next_task
    @queue = queue
    @holding = false
    @waiting = queue.nil?
  end

  # A task can run when it is not held back, and has a packet or waits for none.
  def runnable?
    !@holding && (!@waiting || !@queue.nil?)
  end

  def accept(packet)
    @queue = packet.append_to(@queue)
  end

  def take
    packet = @queue
    @queue = packet.link if packet
    packet
  end
end

class IdleTask < Task
  def initialize(id, count)
    super(id, 0, nil, nil)
    @waiting = false
    @control = 1
    @count = count
  end

  def step(scheduler, _packet)
    @count -= 1
    return scheduler.hold(self) if @count == 0
    if @control & 1 == 0
      @control /= 2
      scheduler.release(Scheduler::DEVICE_A)
    else
      @control = (@control / 2) ^ 0xD008
      scheduler.release(Scheduler::DEVICE_B)
    end
  end
end

class WorkerTask < Task
  def initialize(id, priority, next_task, queue)
    super
    @destination = Scheduler::HANDLER_A
    @letter = 0
  end

  def step(scheduler, packet)
    unless packet
      @waiting = true
      return self
    end
    @destination = @destination == Scheduler::HANDLER_A ? Scheduler::HANDLER_B : Scheduler::HANDLER_A
    packet.owner = @destination
    packet.data = 0
    4.times do |index|
      @letter = @letter % 26 + 1
      packet.slots[index] = 64 + @letter
    end
    scheduler.send_packet(packet)
  end
end

class HandlerTask < Task
  def initialize(id, priority, next_task, queue)
    super
    @work = nil
    @devices = nil
  end

  def step(scheduler, packet)
    if packet
      if packet.kind == :work
        @work = packet.append_to(@work)
      else
        @devices = packet.append_to(@devices)
      end
    end
    forward(scheduler) || sleep_until_packet
  end

  private

  def forward(scheduler)
    work = @work
    return nil unless work
    position = work.data
    if position >= 4
      @work = work.link
      return scheduler.send_packet(work)
    end
    device = @devices
    return nil unless device
    @devices = device.link
    device.data = work.slots[position]
    work.data = position + 1
    scheduler.send_packet(device)
  end

  def sleep_until_packet
    @waiting = true
    self
  end
end

class DeviceTask < Task
  def initialize(id, priority, next_task)
    super(id, priority, next_task, nil)
    @pending = nil
  end

  def step(scheduler, packet)
    if packet
      @pending = packet
      return scheduler.hold(self)
    end
    pending = @pending
    unless pending
      @waiting = true
      return self
    end
    @pending = nil
    scheduler.send_packet(pending)
  end
end

class Scheduler
  IDLE = 0
  WORKER = 1
  HANDLER_A = 2
  HANDLER_B = 3
  DEVICE_A = 4
  DEVICE_B = 5

  attr_reader :sent, :held

  def initialize(turns)
    @tasks = []
    @list = nil
    @sent = 0
    @held = 0
    add IdleTask.new(IDLE, turns)
    add WorkerTask.new(WORKER, 1000, @list, chain(WORKER, :work, 2))
    add HandlerTask.new(HANDLER_A, 2000, @list, chain(DEVICE_A, :device, 3))
    add HandlerTask.new(HANDLER_B, 3000, @list, chain(DEVICE_B, :device, 3))
    add DeviceTask.new(DEVICE_A, 4000, @list)
    add DeviceTask.new(DEVICE_B, 5000, @list)
    @current = nil
  end

  def run
    task = @list
    while task
      @current = task
      if task.runnable?
        packet = task.waiting || task.queue ? task.take : nil
        task.waiting = false
        task = task.step(self, packet)
      else
        task = task.next_task
      end
    end
  end

  def send_packet(packet)
    @sent += 1
    target = @tasks[packet.owner]
    packet.owner = @current.id
    target.accept(packet)
    target.priority > @current.priority ? target : @current
  end

  def hold(task)
    @held += 1
    task.holding = true
    task.next_task
  end

  def release(id)
    task = @tasks[id]
    task.holding = false
    task.priority > @current.priority ? task : @current
  end

  private

  def add(task)
    task.next_task = @list
    @list = task
    @tasks[task.id] = task
  end

  def chain(owner, kind, count)
    packet = nil
    count.times { packet = Packet.new(packet, owner, kind) }
    packet
  end
end

EXPECTED = [113052, 45224]

def benchmark
  scheduler = Scheduler.new(50_000)
  scheduler.run
  [scheduler.sent, scheduler.held]
end
