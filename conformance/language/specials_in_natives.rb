# What natives match on behalf of a block, and of the code behind it, is in `$~` there.
p %w[k1=v1 zz k2=v2].grep(/(\w+)=(\w+)/) { [$1, $2] }
p %w[foo bar].any?(/b(.)/), $1
p %w[x1 y2].all?(/(\d)/), $1, %w[x1].none?(/(z)/), $~, %w[x1 b].one?(/(\d)/), $1
p ("a".."e").grep(/[bd]/) { $&.upcase }
p "wawa".to_enum(:scan, /w(.)/).map { $1 }
class Words
  include Enumerable
  def each = %w[ab cd].each { |word| yield word }
end
def inside = Words.new.grep(/c(.)/) { [$~[0], $1] }
p inside, $~ && $~[0]
500.times { inside }
p inside, Words.new.any?(/(b)/), $1
