# `$!` after every way out of rescue clauses, and what a return may leave.
def foo; [1].each { begin; raise "a"; rescue; return 1; end }; end
foo; p $!
def foo2; begin; raise "x"; rescue; [1].each { begin; raise "a"; rescue; return p($!); end }; end; end
foo2; p $!
def foo3; begin; raise "x"; rescue; [1].each { begin; raise "a"; rescue; next; end }; p $!; end; p $!; end
foo3; p $!
def foo4; begin; raise "x"; rescue; [1].each { begin; raise "a"; rescue; break; end }; p $!; end; p $!; end
foo4; p $!
def foo5; begin; raise "x"; rescue; begin; raise "y"; rescue; return 1; ensure; p $!; end; ensure p $!; end; end
foo5; p $!
def foo6; begin; raise "x"; ensure; return 1; end; end
foo6; p $!
def foo7; [1].each { begin; raise "x"; ensure; return 1; end }; end
foo7; p $!
def foo8; begin; raise "o"; rescue; 3.times { |i| begin; raise "x#{i}"; rescue; redo if (i += 1) < 2; ensure; p $! end }; p $!; end; end
foo8; p $!
def foo9; catch(:a) { begin; raise "x"; rescue; throw :a; end }; p $!; end
foo9
def foo10; begin; raise "o"; rescue; catch(:a) { begin; raise "x"; rescue; throw :a; end }; p $!; end;p $!; end
foo10
def foo11; yield; end
begin; raise "q"; rescue; foo11 { begin; raise "z"; rescue; end }; p $!; end; p $!
def foo12; begin; raise "o"; rescue; l = -> { begin; raise "x"; rescue; return 1; end }; l.call; p $!; end; p $!; end
foo12
def foo13; begin; raise "o"; rescue => e; begin; raise "x"; rescue; [1].each { [2].each { return e } }; end; end; end
foo13; p $!
i = 0
while i < 2; i += 1; begin; raise "w"; rescue; next; end; end; p $!
while true;  begin; raise "w"; rescue; break; end; end; p $!
begin; raise "o"; rescue; while true;  begin; raise "w"; rescue; break; end; end; p $!; end
f = Fiber.new { begin; raise "f"; rescue; Fiber.yield $!; p $!; end; p $! }
p f.resume, $!; f.resume; p $!
def foo14; begin; raise "a"; rescue; begin; raise "b"; rescue; retry_done = true; end; p $!; end; end
foo14
def foo15; begin; Integer("z"); rescue; [1].each do begin; raise "c"; rescue; ensure; begin; raise "d"; rescue; return 1; end; end; end; end; end
foo15; p $!
def m_ret; yield; ensure; p $!; end
def foo16; begin; raise "1"; rescue; m_ret { return 1 }; end; end
foo16; p $!
class A
  begin
    [1].each { return 5 }
    p :no
  rescue LocalJumpError => e
    p [e.message, e.reason, e.exit_value]
  end
end
def m
  class << self
    [1].each { return 7 }
    p :no
  end rescue p $!.message
  p :after
  8
end
p m
def m2
  x = Object.new
  [1].each { class << x; return 3; end }
  p :no
end
p m2 rescue p $!
begin
  eval "class B; [1].each { return 6 }; end"
rescue LocalJumpError
  p $!.message
end
class D
  P = proc { return 1 }
  begin; P.call; rescue LocalJumpError; p $!.message, $!.reason, $!.exit_value; end
  L = lambda { return 1 }
  p L.call
  begin
  Module.new { return 3 }
  rescue LocalJumpError
   p $!.message
  end
end
def ev; eval "return 5"; 6; end
p ev
def ev2; [1].each { eval "return 5" }; 6; end
p ev2
def ev3; l = lambda { eval "return 5" }; [l.call, 6]; end
p ev3
def ev4; pr = Proc.new { eval "return 9" }; pr.call; end
p ev4
Thread.new { begin; eval "return"; rescue LocalJumpError; p [:thr, $!.message]; end }.join
Thread.new { begin; return; rescue LocalJumpError; p [:thr, $!.message]; end }.join
class << self
  begin
    [1].each { return 5 }
    p :no2
  rescue LocalJumpError => e
    p [e.message, e.reason, e.exit_value]
  end
end
module E
  [1].each { begin; [2].each { return 5 }; ensure p :ens; end } rescue p $!
end
def m3
  class << self
    1.times { class << self; 1.times { return 11 } end }
  end
end
p m3
