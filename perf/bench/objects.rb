# Struct and plain objects in a small shop: accessors, polymorphic calls, Comparable, collection methods with blocks.

Item = Struct.new(:name, :price, :count) do
  def total
    price * count
  end
end

class Discount
  include Comparable
  attr_reader :rank

  def initialize(rank)
    @rank = rank
  end

  def <=>(other)
    @rank <=> other.rank
  end

  def apply(total)
    total
  end
end

class PercentDiscount < Discount
  def initialize(rank, percent)
    super(rank)
    @percent = percent
  end

  def apply(total)
    total - total * @percent / 100
  end
end

class FixedDiscount < Discount
  def initialize(rank, amount)
    super(rank)
    @amount = amount
  end

  def apply(total)
    total > @amount ? total - @amount : 0
  end
end

class Order
  attr_accessor :items, :discounts, :paid

  def initialize
    @items = []
    @discounts = []
    @paid = false
  end

  def total
    sum = @items.sum(&:total)
    @discounts.sort.each { |discount| sum = discount.apply(sum) }
    sum
  end
end

EXPECTED = [7209, 6537818, 3626, 2857]

def benchmark
  orders = Array.new(20_000) do |number|
    order = Order.new
    (number % 7 + 1).times { |index| order.items << Item.new("item#{index}", 100 + index * number % 50, index + 1) }
    order.discounts << FixedDiscount.new(2, number % 300)
    order.discounts << PercentDiscount.new(1, number % 20)
    order.discounts << Discount.new(0) if number % 3 == 0
    order
  end
  orders.each { |order| order.paid = true if order.total > 1500 }
  paid, open = orders.partition(&:paid)
  best = orders.max_by(&:total)
  [paid.size, open.sum(&:total), best.total, orders.map { |order| order.items.map(&:count).max }.tally[7]]
end
