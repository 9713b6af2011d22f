# Fiber#transfer: symmetric switches, what may not be mixed with resume, errors, ends, many of them.
f=nil
root=Fiber.current
a=Fiber.new{|x| p [:a,x]; y=root.transfer(1); p [:a2,y]; :aend}
p a.transfer(5), a.alive?
p (a.resume rescue $!)
p a.transfer(6), a.alive?
p (a.transfer rescue $!), (a.resume rescue $!)
b=Fiber.new{Fiber.yield 1}; b.resume; p (b.transfer rescue $!)
c=Fiber.new{ (root.transfer rescue p $!); (Fiber.current.resume rescue p $!); (root.resume rescue p $!); :c}
p c.resume
d=Fiber.new{Fiber.yield}; p (d.transfer rescue $!)
e=Fiber.new{raise "boom"}; p (e.transfer rescue $!)
p Fiber.current.transfer(3), Fiber.current.transfer(1,2)
m=[]
f1=Fiber.new{root.transfer}; f2=Fiber.new{f1.resume}; f2.transfer
p((f2.raise("ex") rescue $!))
x=Fiber.new{root.transfer}; x.transfer; p((x.raise("msg") rescue $!), x.alive?)
y=Fiber.new{begin; root.transfer; ensure; puts "ens"; end}; y.transfer; y.kill; p y.alive?
p (Thread.new(a){|q| Fiber.new{}.resume; begin; $z=Fiber.new{}; root.transfer; rescue => e; e; end}.value)
th=Fiber.new{1}; p Thread.new{(th.transfer rescue $!)}.value
g=Fiber.new{ g2=Fiber.new{ root.transfer(:from_g2); :g2end}; r=g2.resume; p r; :gend}
p g.transfer, g.alive?
en=Enumerator.new{|y| 5.times{|i| y<<i}}; ff=Fiber.new{ p en.next, en.next; Fiber.yield en.next; en.next}; p ff.resume, ff.resume
deep=->(n){n==0 ? 0 : Fiber.new{deep.(n-1)+1}.resume}; p deep.(300)
300.times{Fiber.new{root.transfer}.transfer}; GC.start; p :ok
p Fiber.new{Thread.new{Fiber.new{Fiber.yield 3}.resume}.value}.resume
begin; Fiber.new{throw :x}.resume; rescue UncaughtThrowError=>e; p e; end
p catch(:q){Fiber.new{10}.resume}
begin; Fiber.new{exit 3}.resume; rescue SystemExit=>e; p e.status; end
p (Fiber.yield rescue $!), (Fiber.allocate.resume rescue $!),(Fiber.allocate.transfer rescue $!)
p Fiber.new{|*a,**k| [a,k]}.transfer(1,a: 2)
