# An incremental solver of one-way constraints with strengths, after the DeltaBlue algorithm of Freeman-Benson and
# Maloney: planning walks the constraint graph, executing a plan assigns the variables.

class Variable
  attr_accessor :value, :determined_by, :mark, :walkabout, :stay
  attr_reader :constraints

  def initialize(value)
    @value = value
    @constraints = []
    @determined_by = nil
    @mark = 0
    @walkabout = Strength::WEAKEST
    @stay = true
  end
end

module Strength
  REQUIRED = 0
  PREFERRED = 2
  NORMAL = 4
  WEAK_DEFAULT = 5
  WEAKEST = 6

  def self.stronger?(left, right)
    left < right
  end

  def self.weaker_of(left, right)
    left > right ? left : right
  end
end

class Constraint
  attr_reader :strength

  def initialize(strength)
    @strength = strength
  end

  def add(planner)
    variables.each { |variable| variable.constraints << self }
    unsatisfy
    planner.incremental_add(self)
  end

  def remove(planner)
    if satisfied?
      planner.incremental_remove(self)
    else
      variables.each { |variable| variable.constraints.delete(self) }
    end
  end

  def input?
    false
  end

  # Chooses an output, takes it from its present constraint, and returns that one.
  def satisfy(mark, planner)
    choose_method(mark)
    return nil unless satisfied?
    inputs { |variable| variable.mark = mark }
    variable = output
    overridden = variable.determined_by
    overridden.unsatisfy if overridden
    variable.determined_by = self
    planner.propagate(self, mark)
    variable.mark = mark
    overridden
  end

  def inputs_known?(mark)
    known = true
    inputs { |variable| known = false unless variable.mark == mark || variable.stay || variable.determined_by.nil? }
    known
  end
end

class UnaryConstraint < Constraint
  attr_reader :output

  def initialize(variable, strength, planner)
    super(strength)
    @output = variable
    @satisfied = false
    add(planner)
  end

  def variables
    [@output]
  end

  def satisfied?
    @satisfied
  end

  def unsatisfy
    @satisfied = false
  end

  def choose_method(mark)
    @satisfied = @output.mark != mark && Strength.stronger?(@strength, @output.walkabout)
  end

  def inputs
  end

  def recalculate
    @output.walkabout = @strength
    @output.stay = !input?
    execute if @output.stay
  end
end

class StayConstraint < UnaryConstraint
  def execute
  end
end

class EditConstraint < UnaryConstraint
  def input?
    true
  end

  def execute
  end
end

class BinaryConstraint < Constraint
  def initialize(first, second, strength, planner)
    super(strength)
    @first = first
    @second = second
    @direction = :none
    add(planner)
  end

  def variables
    [@first, @second]
  end

  def satisfied?
    @direction != :none
  end

  def unsatisfy
    @direction = :none
  end

  def output
    @direction == :forward ? @second : @first
  end

  def input
    @direction == :forward ? @first : @second
  end

  def inputs
    yield input
  end

  def choose_method(mark)
    @direction =
      if @first.mark == mark
        @second.mark != mark && Strength.stronger?(@strength, @second.walkabout) ? :forward : :none
      elsif @second.mark == mark
        Strength.stronger?(@strength, @first.walkabout) ? :backward : :none
      elsif Strength.stronger?(@second.walkabout, @first.walkabout)
        Strength.stronger?(@strength, @first.walkabout) ? :backward : :none
      else
        Strength.stronger?(@strength, @second.walkabout) ? :forward : :none
      end
  end

  def recalculate
    from = input
    to = output
    to.walkabout = Strength.weaker_of(@strength, from.walkabout)
    to.stay = from.stay
    execute if to.stay
  end
end

class EqualConstraint < BinaryConstraint
  def execute
    output.value = input.value
  end
end

class ScaleConstraint < BinaryConstraint
  def initialize(first, scale, offset, second, strength, planner)
    @scale = scale
    @offset = offset
    super(first, second, strength, planner)
  end

  def variables
    [@first, @second, @scale, @offset]
  end

  def inputs
    yield input
    yield @scale
    yield @offset
  end

  def recalculate
    from = input
    to = output
    to.walkabout = Strength.weaker_of(@strength, from.walkabout)
    to.stay = from.stay && @scale.stay && @offset.stay
    execute if to.stay
  end

  def execute
    if @direction == :forward
      @second.value = @first.value * @scale.value + @offset.value
    else
      @first.value = (@second.value - @offset.value) / @scale.value
    end
  end
end

class Planner
  def initialize
    @mark = 0
  end

  def incremental_add(constraint)
    mark = next_mark
    overridden = constraint.satisfy(mark, self)
    overridden = overridden.satisfy(mark, self) while overridden
  end

  def incremental_remove(constraint)
    variable = constraint.output
    constraint.unsatisfy
    constraint.variables.each { |each| each.constraints.delete(constraint) }
    unsatisfied = free_downstream(variable)
    unsatisfied.sort_by(&:strength).each { |each| incremental_add(each) }
  end

  # Recalculates everything behind the constraint's output.
  def propagate(constraint, _mark)
    waiting = [constraint]
    until waiting.empty?
      current = waiting.pop
      current.recalculate
      consumers(current.output) { |consumer| waiting << consumer }
    end
  end

  # The constraints in the order in which they must run after the inputs have changed.
  def plan_from(sources)
    mark = next_mark
    plan = []
    waiting = sources.select { |constraint| constraint.input? && constraint.satisfied? }
    until waiting.empty?
      constraint = waiting.pop
      variable = constraint.output
      next if variable.mark == mark || !constraint.inputs_known?(mark)
      plan << constraint
      variable.mark = mark
      consumers(variable) { |consumer| waiting << consumer }
    end
    plan
  end

  private

  def free_downstream(variable)
    variable.determined_by = nil
    variable.walkabout = Strength::WEAKEST
    variable.stay = true
    unsatisfied = []
    waiting = [variable]
    until waiting.empty?
      current = waiting.pop
      current.constraints.each { |constraint| unsatisfied << constraint unless constraint.satisfied? }
      consumers(current) do |consumer|
        consumer.recalculate
        waiting << consumer.output
      end
    end
    unsatisfied
  end

  def consumers(variable)
    determining = variable.determined_by
    variable.constraints.each do |constraint|
      yield constraint if !constraint.equal?(determining) && constraint.satisfied?
    end
  end

  def next_mark
    @mark += 1
  end
end

def change(variable, value, planner)
  edit = EditConstraint.new(variable, Strength::PREFERRED, planner)
  plan = planner.plan_from([edit])
  10.times do
    variable.value = value
    plan.each(&:execute)
  end
  edit.remove(planner)
end

# A chain of equalities: a change at its head must arrive at its end.
def chain_test(length)
  planner = Planner.new
  variables = Array.new(length + 1) { Variable.new(0) }
  length.times { |index| EqualConstraint.new(variables[index], variables[index + 1], Strength::REQUIRED, planner) }
  StayConstraint.new(variables[length], Strength::WEAK_DEFAULT, planner)
  edit = EditConstraint.new(variables[0], Strength::PREFERRED, planner)
  plan = planner.plan_from([edit])
  wrong = 0
  50.times do |value|
    variables[0].value = value
    plan.each(&:execute)
    wrong += 1 unless variables[length].value == value
  end
  edit.remove(planner)
  wrong
end

# Pairs bound by a linear equation, changed from both sides and through its coefficients.
def projection_test(count)
  planner = Planner.new
  scale = Variable.new(10)
  offset = Variable.new(1000)
  sources = []
  targets = []
  count.times do |index|
    source = Variable.new(index)
    target = Variable.new(index)
    sources << source
    targets << target
    StayConstraint.new(source, Strength::NORMAL, planner)
    ScaleConstraint.new(source, scale, offset, target, Strength::REQUIRED, planner)
  end
  change(sources[0], 17, planner)
  sums = [targets[0].value]
  change(targets[0], 1050, planner)
  sums << sources[0].value
  change(scale, 5, planner)
  sums << targets[1...-1].sum(&:value)
  change(offset, 2000, planner)
  sums << targets[1...-1].sum(&:value)
  sums
end

EXPECTED = [0, [1170, 5, 795005, 1193005]]

def benchmark
  wrong = 0
  sums = nil
  10.times do
    wrong += chain_test(400)
    sums = projection_test(400)
  end
  [wrong, sums]
end
