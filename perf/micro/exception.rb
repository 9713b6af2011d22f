# Raising and rescuing an exception one call away.

def fail_if_odd(number)
  raise ArgumentError, "odd" if number.odd?
  number
end

OPERATIONS = 200_000
EXPECTED = 100_000

def benchmark
  caught = 0
  OPERATIONS.times do |index|
    begin
      fail_if_odd(index)
    rescue ArgumentError
      caught += 1
    end
  end
  caught
end
