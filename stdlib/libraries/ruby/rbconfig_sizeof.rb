# What C's types hold on this machine (64-bit Linux): their sizes in bytes and their limits.
module RbConfig
  SIZEOF = {
    "int" => 4, "short" => 2, "long" => 8, "long long" => 8, "__int128" => 16, "off_t" => 8, "void*" => 8, "float" => 4, "double" => 8,
    "time_t" => 8, "clock_t" => 8, "size_t" => 8, "ptrdiff_t" => 8, "dev_t" => 8, "int8_t" => 1, "uint8_t" => 1, "int16_t" => 2,
    "uint16_t" => 2, "int32_t" => 4, "uint32_t" => 4, "int64_t" => 8, "uint64_t" => 8, "int128_t" => 16, "uint128_t" => 16,
    "intptr_t" => 8, "uintptr_t" => 8, "ssize_t" => 8, "int_least8_t" => 1, "int_least16_t" => 2, "int_least32_t" => 4,
    "int_least64_t" => 8, "int_fast8_t" => 1, "int_fast16_t" => 8, "int_fast32_t" => 8, "int_fast64_t" => 8, "intmax_t" => 8,
    "sig_atomic_t" => 4, "wchar_t" => 4, "wint_t" => 4, "wctrans_t" => 8, "wctype_t" => 8, "_Bool" => 1, "long double" => 16,
    "float _Complex" => 8, "double _Complex" => 16, "long double _Complex" => 32, "__float128" => 16
  }.freeze

  limits = { "FIXNUM_MAX" => 2**62 - 1, "FIXNUM_MIN" => -2**62 }
  add = lambda do |name, bytes, least: "#{name}_MIN", unsigned: "U#{name}_MAX"|
    bits = 8 * bytes
    limits["#{name}_MAX"] = 2**(bits - 1) - 1
    limits[least] = -2**(bits - 1) if least
    limits[unsigned] = 2**bits - 1 if unsigned
  end
  add["CHAR", 1, unsigned: nil]
  add["SCHAR", 1, unsigned: "UCHAR_MAX"]
  add["WCHAR", 4, unsigned: nil]
  { "SHRT" => 2, "INT" => 4, "LONG" => 8, "LLONG" => 8 }.each { |name, bytes| add[name, bytes] }
  [8, 16, 32, 64].each do |bits|
    ["INT#{bits}", "INT_LEAST#{bits}"].each { |name| add[name, bits / 8] }
    add["INT_FAST#{bits}", SIZEOF["int_fast#{bits}_t"]]
  end
  { "INTMAX" => 8, "INTPTR" => 8 }.each { |name, bytes| add[name, bytes] }
  limits["SIZE_MAX"] = 2**64 - 1
  add["PTRDIFF", 8, unsigned: nil]
  limits.update(
    "FLT_RADIX" => 2, "FLT_ROUNDS" => 1, "FLT_EVAL_METHOD" => 0, "FLT_MANT_DIG" => 24, "DBL_MANT_DIG" => 53, "LDBL_MANT_DIG" => 64,
    "FLT_DIG" => 6, "DBL_DIG" => 15, "LDBL_DIG" => 18, "FLT_MIN_EXP" => -125, "DBL_MIN_EXP" => -1021, "LDBL_MIN_EXP" => -16381,
    "FLT_MIN_10_EXP" => -37, "DBL_MIN_10_EXP" => -307, "LDBL_MIN_10_EXP" => -4931, "FLT_MAX_EXP" => 128, "DBL_MAX_EXP" => 1024,
    "LDBL_MAX_EXP" => 16384, "FLT_MAX_10_EXP" => 38, "DBL_MAX_10_EXP" => 308, "LDBL_MAX_10_EXP" => 4932, "FLT_DECIMAL_DIG" => 9,
    "DBL_DECIMAL_DIG" => 17, "LDBL_DECIMAL_DIG" => 21, "DECIMAL_DIG" => 21, "FLT_HAS_SUBNORM" => 1, "DBL_HAS_SUBNORM" => 1, "LDBL_HAS_SUBNORM" => 1,
    "FLT_MAX" => (2 - 2.0**-23) * 2.0**127, "DBL_MAX" => Float::MAX, "FLT_EPSILON" => 2.0**-23, "DBL_EPSILON" => Float::EPSILON,
    "FLT_MIN" => 2.0**-126, "DBL_MIN" => Float::MIN, "FLT_TRUE_MIN" => 2.0**-149, "DBL_TRUE_MIN" => 0.0.next_float
  )
  LIMITS = limits.freeze
end
