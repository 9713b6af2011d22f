# Methods made by define_method in hot code: captured variables, return, blocks, errors, redefinition.
class A
  x = 5
  define_method(:plain) { |a| a + 1 }
  define_method(:captured) { |a| x += a; x }
  define_method(:early) { |a| return 7 if a > 3; a }
  define_method(:nested) { |a| [1, 2].each { |v| return v if v == a }; nil }
  define_method(:own) { |a| y = a; pr = proc { y += 1 }; pr.call; y }
  define_method(:selfy) { |a| helper(a) }
  def helper(a) = @v.to_i + a
  define_method(:boom) { |a| raise "at #{__method__} #{a}" if a == 300; 1 }
end
def run(o)
  s = 0
  i = 0
  while i < 400
    s += o.plain(i) + o.captured(1) + o.early(i) + (o.nested(i & 3) || 0) + o.own(i) + o.selfy(2)
    begin
      s += o.boom(i)
    rescue => e
      p e.message, e.backtrace
    end
    i += 1
  end
  s
end
p run(A.new)
class A
  define_method(:plain) { |a| a + 2 }
end
p run(A.new)
p A.instance_method(:plain).arity
