# What a Ractor may see of constants, globals, class variables and variables of classes; the main one sees all.
Warning[:experimental] = false
Thread.report_on_exception = false
LIST = [1]
FROZEN = [1, "two".freeze].freeze
class Holder
  @@shared = 1
  @list = [1]
  @number = 3
  class << self
    attr_accessor :list
    def shared = @@shared
    def read = [@number, @list]
    def number = @number
    def write = @number = 4
  end
end
$global = 5
def reads = [LIST, $global, Holder.shared, Holder.list, Holder.read, Holder.number, Holder.write, FROZEN]
def try(&block)
  Ractor.new(&block).value
rescue Ractor::RemoteError => e
  e.cause
end

2.times do
  300.times { reads }
  p reads
  p try { LIST }, try { FROZEN }, try { $global }, try { $global = 6 }, try { Holder.shared }, try { Holder.list }, try { Holder.read }
  p try { Holder.number }, try { Holder.write }, try { Holder.list = 1 }, try { Object.const_get(:LIST) }, try { eval("LIST") }
  p try { Holder.class_variable_get(:@@shared) }, try { Holder.instance_variable_get(:@list) }, try { Holder.instance_variable_set(:@x, 1) }
  p try { Thread.new { LIST }.value }, try { $stdout.class }, try { $~ }, try { $; }, try { ENV["PATH"].class }
end
p try { Made = [1] }, try { Fine = 1; Fine }, Fine, defined?(Made)
p try { Class.new { @x = 1 }.instance_variable_get(:@x) }
made = Class.new { @list = [1]; def self.list = @list }
p made.list, $global
