# Hash reading and writing with string keys, a hundred of them.

KEYS = Array.new(100) { |number| "key#{number}" }.freeze
OPERATIONS = 500_000
EXPECTED = 5_000

def benchmark
  hash = {}
  (OPERATIONS / 100).times do
    KEYS.each { |key| hash[key] = (hash[key] || 0) + 1 }
  end
  hash["key42"]
end
