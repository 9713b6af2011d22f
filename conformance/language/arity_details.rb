# What a wrong number of arguments tells about keywords, and how blocks spread one Array.
def needs(k:) = k
def both(a, b = 1, k:, l: 2) = 1
tries = [-> { needs(1) }, -> { needs(1, k: 2) }, -> { needs(1, 2, z: 3) }, -> { both(k: 1) }, -> { both(1, 2, 3, k: 1) }]
tries.each do |try|
  try.call
rescue ArgumentError => error
  puts error.message
end
p proc { |a = 1, *r| [a, r] }.call([1, 2]), proc { |a, *r| [a, r] }.call([1, 2]), proc { |a = 1, b = 2, *r| [a, b, r] }.call([1, 2, 3])
p proc { |*r| r }.call([1, 2]), proc { |a = 1, *r, z| [a, r, z] }.call([1, 2, 3])
