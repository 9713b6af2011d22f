# An alias made in a class runs on from where the method's module stands from that class on.
module First; def run = :first; end
module Second; def run = :second; end
module Around; def run = [:around, super]; end
class Base; include Second; end
class Derived < Base; include First; include Around; end
3.times { Derived.new.run }
class Base; include Around; alias go run; end
p Derived.new.go, Derived.new.run, Base.new.run, Base.new.go
