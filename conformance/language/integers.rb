# Integers: arithmetic, division rules, bits, conversion, bignums, overflow at the fixnum border.
p 7 / 2, -7 / 2, 7 / -2, 7 % 3, -7 % 3, 7 % -3, 7.remainder(-3), -7.remainder(3), 7.divmod(-2), 7.fdiv(2), 7.pow(3), 2**-2, 7.pow(100, 13)
p 2**62, 2**63, 2**64, -(2**63), 2**62 - 1, 4611686018427387903 + 1, -4611686018427387904 - 1, 9223372036854775807 + 1
p 4611686018427387904 * 2, 3037000500 * 3037000500, -3037000500 * 3037000500, 4611686018427387904 / -1, 2**62 / 2**31
p 10**30 / 10**28, 10**30 % 7, -(10**30) / 7, (10**30).divmod(-7), 10**20 - 10**20, (10**20 - 10**20).class, 10**25 <=> 10**24
p 2**100 & 2**99 - 1, 2**100 | 1, 2**100 ^ 2**100, ~(2**70), 2**70 >> 60, 1 << 70, -1 >> 5, 1 << -1, -1 << 64, 5[0], 5[1], (2**70)[70], 5.bit_length, (2**70).bit_length
p 255.to_s(2), 255.to_s(36), "1_000".to_i, "12abc".to_i, "abc".to_i, Integer("0x1f", 16), Integer("0b101"), Integer("  42  "), Integer("z", 36)
p 10.gcd(4), 10.lcm(4), 10.digits, 0.digits, 1234.digits(100), 5.pred, 5.succ, 10.ceil(-1), 15.round(-1), 25.round(-1, half: :even), -15.round(-1), 1234.floor(-2), 17.truncate(-1)
p 3.zero?, 0.zero?, 5.positive?, -5.negative?, 6.even?, 7.odd?, 5.between?(1, 10), 5.clamp(7, 9), -5.abs, 5.integer?, 5.finite?, 3.7.to_i, -3.7.to_i, 1e20.to_i, 5.chr, 65.chr, 97.ord
p 100.digits.sum, (1..25).inject(:*), (2**200).to_s, (3**100).to_s.size, (2**64).hash == (2**64).hash, 2**64 == 2.0**64, (2**64).eql?(2.0**64), 2**64 == 18446744073709551616
p Integer.sqrt(10**20), Integer.sqrt(24), (10**20).pow(2, 97), 6.0.to_i, 7.to_f, 1_000_000
p 0xff, 0b1010, 0o17, 017, 1e3, 1r, 3i, 2ri
[-> { 1 / 0 }, -> { 1 % 0 }, -> { Integer("x1") }, -> { Integer(nil) }, -> { 5.digits(1) }, -> { -5.digits }, -> { 2**"a" }, -> { 1 << "a" }, -> { 3.chr + 300.chr }, -> { Integer([1]) }, -> { 5.round(1, half: :foo) }, -> { 10.pow(-2, 5) }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
p 1 == 1.0, 1.eql?(1.0), 1.equal?(1), 1.hash == 1.0.hash, 17.0 / 0, -1.0 / 0, 0.0 / 0 == 0.0 / 0, 1 <=> 2, 3.coerce(2.5), 3.coerce(4)
x = 4611686018427387900
10.times { x += 1 }
p x
y = 1
70.times { y *= 3 }
p y
z = 2**64
70.times { z /= 2 }
p z
p 12345678901234567890 * 98765432109876543210, 12345678901234567890**3, -12345678901234567890 / 1234567, 12345678901234567890 % -1234567
p 3.times.to_a, 3.upto(5).to_a, 5.downto(3).to_a, 1.step(7, 3).to_a, 10.pred.succ, 5.ceildiv(2), 5.allbits?(4), 5.anybits?(2), 5.nobits?(2)

# Bits of integers, in loops that get hot.
def count_bits(number)
  (0..70).sum { |bit| number[bit] }
end
50.times { count_bits(0b1011) }
p count_bits(0b1011), count_bits(-1), count_bits(2**65 + 1), 5[-1], 5[100], -1[100], -2[0]
