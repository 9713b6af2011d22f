# Modules that come in twice, by different ways and in different orders.
def show(label, kind) = puts("#{label}: #{kind.ancestors.take_while { |x| x != Object }.map(&:name).join(" ")}")
module A; end
module B; include A; end
class C1; include B; include A; end; show 1, C1
class C2; include A; include B; end; show 2, C2
module D; include A; end
class C3; include B; include D; end; show 3, C3
class C4; include D; include B; end; show 4, C4
module E; include D; include B; end; show "E", E
class C5; include A; include E; end; show 5, C5
class C6; include E; include A; include B; end; show 6, C6
class P7; include A; end
class C7 < P7; include B; end; show 7, C7
class C8 < P7; include A; end; show 8, C8
module X; end
module Y; end
class C9; include X; include Y; end
module X; include Y; end
class C10; include X; end; show 9, C9; show 10, C10
class C11; prepend B; prepend A; end; show 11, C11
class C12; prepend A; prepend B; end; show 12, C12
class C13; prepend B; include A; end; show 13, C13
class C14; include A; prepend B; end; show 14, C14
module M1; end; module M2; include M1; end; module M3; include M1; end
class C15; include M2, M3; end; show 15, C15
class C16; include M2; include M3; include M1; end; show 16, C16
# modules that change afterwards
module L1; end; module L2; end
class C17; include L1; end
module L1; include L2; end; show 17, C17
class C18; include L2; include L1; end; show 18, C18
module K1; end; module K2; include K1; end; module K3; end
class C19; include K2; end
module K1; include K3; end; show 19, C19; show "K2", K2
class C20; include K3; include K2; end; show 20, C20
module Q1; end; module Q2; prepend Q1; end
class C21; include Q2; include Q1; end; show 21, C21
class C22; include Q1; include Q2; end; show 22, C22
class C23; prepend Q2; include Q1; end; show 23, C23
module R1; end; module R2; end; module R3; include R1, R2; end; module R4; include R2, R1; end
class C24; include R3; include R4; end; show 24, C24
class C25; include R4; include R3; end; show 25, C25
class P26; end; class C26 < P26; include A; end; class P26; include A; end; show 26, C26
class P27; end; class C27 < P27; include B; end; class P27; include A; end; show 27, C27
class C27; include A; end; show "27b", C27
class C28 < P27; include B; end; show 28, C28
class P29; include B; end; class C29 < P29; prepend A; end; show 29, C29
class P30; prepend A; end; class C30 < P30; include B; end; show 30, C30
class P31; prepend A; end; class C31 < P31; prepend B; end; show 31, C31
o = Object.new; o.extend(B); o.extend(A); p o.singleton_class.ancestors.first(4).map { |x| x.name }
