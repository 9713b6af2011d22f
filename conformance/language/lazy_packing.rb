# Lazy: steps that see one value of a step with many; Enumerator::Product, ENV and Set beside Hashes by identity.
class Many
  include Enumerable
  def each
    yield
    yield 1
    yield 1, 2
  end
end
p Many.new.lazy.take(3).to_a, Many.new.lazy.drop(0).to_a, Many.new.lazy.take_while { true }.to_a
p Many.new.lazy.drop_while { |value| value.nil? }.to_a, Many.new.lazy.uniq.to_a, Many.new.lazy.uniq { |value| value.class }.to_a
lazy = Enumerator::Lazy.allocate
p lazy.send(:initialize, [1, 2]) { |yielder, value| yielder << value * 2 }.equal?(lazy), lazy.first(1), lazy.size

product = Enumerator::Product.new([1, 2], [3])
p product.send(:initialize_copy, product).equal?(product)
begin; product.dup.freeze.send(:initialize_copy, product); rescue => e; p e.class; end
begin; product.send(:initialize_copy, Class.new(Enumerator::Product).new([1])); rescue => e; p e; end
begin; product.send(:initialize_copy, Enumerator::Product.allocate); rescue => e; p e; end

by_identity = Set[1, 2].compare_by_identity
p by_identity.classify { 1 }[1].compare_by_identity?, (by_identity & [1]).compare_by_identity?, by_identity.flatten.compare_by_identity?
p by_identity.dup.replace([1]).compare_by_identity?, by_identity.dup.replace(Set[1]).compare_by_identity?, (by_identity | [3]).compare_by_identity?

ENV["MAGLEV_A"] = "1"
p ENV.update({ "MAGLEV_A" => "2", "MAGLEV_B" => "3" }) { |name, old, new| old + new }.equal?(ENV), ENV["MAGLEV_A"], ENV["MAGLEV_B"]
p (ENV["foo="] = nil), ENV.each_pair.size == ENV.size, ENV.each_pair.inspect.end_with?(":each_pair>")
begin; ENV["foo="] = "x"; rescue => e; p e; end
