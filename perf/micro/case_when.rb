# case/when over integers, symbols and classes.

VALUES = [1, :two, "three", 4.0, nil, 6..7, [8], 9].freeze

def classify(value)
  case value
  when 1, 9 then 1
  when :two then 2
  when String then 3
  when Float then 4
  when nil then 5
  when Array then 6
  else 7
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS / 8 * 29

def benchmark
  sum = 0
  index = 0
  while index < OPERATIONS
    sum += classify(VALUES[index & 7])
    index += 1
  end
  sum
end
