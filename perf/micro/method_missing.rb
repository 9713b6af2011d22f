# Calls that end in method_missing.

class Ghost
  def method_missing(name, *arguments)
    name == :haunt ? arguments[0] + 1 : super
  end

  def respond_to_missing?(name, all = false)
    name == :haunt || super
  end
end

OPERATIONS = 500_000
EXPECTED = OPERATIONS

def benchmark
  ghost = Ghost.new
  index = 0
  while index < OPERATIONS
    index = ghost.haunt(index)
  end
  index
end
