# A small stack machine: its program sums the lengths of Collatz sequences. Dispatch by `case` over symbols.

class StackMachine
  def initialize(code)
    @code = code
    @stack = []
    @cells = Array.new(8, 0)
    @steps = 0
  end

  attr_reader :steps

  def run
    pc = 0
    stack = @stack
    while true
      operation, operand = @code[pc]
      pc += 1
      @steps += 1
      case operation
      when :push then stack.push(operand)
      when :load then stack.push(@cells[operand])
      when :store then @cells[operand] = stack.pop
      when :add
        right = stack.pop
        stack.push(stack.pop + right)
      when :multiply
        right = stack.pop
        stack.push(stack.pop * right)
      when :divide
        right = stack.pop
        stack.push(stack.pop / right)
      when :modulo
        right = stack.pop
        stack.push(stack.pop % right)
      when :less
        right = stack.pop
        stack.push(stack.pop < right)
      when :jump then pc = operand
      when :jump_unless then pc = operand unless stack.pop
      when :halt then return stack.pop
      else raise "unknown operation #{operation}"
      end
    end
  end
end

# Cells: 0 the number tried, 1 the term of its sequence, 2 the sum of lengths.
PROGRAM = [
  [:push, 1], [:store, 0],
  [:load, 0], [:push, 900], [:less, nil], [:jump_unless, 33],
  [:load, 0], [:store, 1],
  [:push, 1], [:load, 1], [:less, nil], [:jump_unless, 28],
  [:load, 2], [:push, 1], [:add, nil], [:store, 2],
  [:load, 1], [:push, 2], [:modulo, nil], [:push, 1], [:less, nil], [:jump_unless, 35],
  [:load, 1], [:push, 2], [:divide, nil], [:store, 1], [:jump, 8],
  [:halt, nil],
  [:load, 0], [:push, 1], [:add, nil], [:store, 0], [:jump, 2],
  [:load, 2], [:halt, nil],
  [:load, 1], [:push, 3], [:multiply, nil], [:push, 1], [:add, nil], [:store, 1], [:jump, 8]
].freeze

EXPECTED = [52752, 1050623]

def benchmark
  machine = StackMachine.new(PROGRAM)
  [machine.run, machine.steps]
end
