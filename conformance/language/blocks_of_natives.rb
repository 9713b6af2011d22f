# Blocks that natives call get their arguments as they stand where that is all there is to do.
def y(*a) = yield(*a)
p "ab".each_byte { |a| p a }, "ab".each_byte { |a, b| p [a, b] }, "ab".each_byte { |a,| p a }, "ab".each_byte { p 1 }, "ab".each_byte { |*a| p a }
p [[1,2],[3,4]].each_slice(1).map { |a| a }, {a: 1}.map { |k| k }, {a: 1}.map { |k, v| [k, v] }, {a: 1}.any? { |k| p k }, [[1, 2]].each_with_index.map { |a| a }
p [[1, [2, 3]]].each_with_object([]).map { |(a, (b, c)), d| [a, b, c, d] }, [[1,2]].sort_by { |a| a[0] }, [[1,2]].sort_by { |a, b| b }, [[1,2]].inject { |a, b| 1 }, [[1, 2], [3, 4]].inject { |a, b| [a, b] }
p %w[a b].each_with_index.to_a, [3, 1].max_by { |x, y| p [x, y]; x }, [[3, 1]].max_by { |x, y| y }, [1].each_entry { |*x| p x }
p [1,2].each_with_index.select { |x| p x }, {a: 1}.min_by { |k| p k; 1 }, {a: 1}.each_with_index.map { |x, i| [x, i] }, {a: 2}.find { |k, v| v == 2 }, {b: 1}.sum { |k, v| v }, {b: 1}.group_by { |k| k }
