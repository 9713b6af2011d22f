# Appending to an array and taking elements off its end.

OPERATIONS = 1_000_000
EXPECTED = 0

def benchmark
  array = []
  index = 0
  while index < OPERATIONS / 2
    array << index
    index += 1
  end
  array.pop until array.empty?
  array.size
end
