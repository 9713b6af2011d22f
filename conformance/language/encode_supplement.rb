# Characters of JIS X 0212, which EUC-JP has and most Japanese encodings have not.
def t; p yield; rescue Exception; puts "#{$!.class}: #{$!.message}"; end
t { "é".encode("EUC-JP").bytes }
t { "é丂黸ÀÿĀ".encode("eucJP-ms").bytes }
t { "é丂".encode("EUC-JP").encode("UTF-8") }
t { "é".encode("CP51932") }
t { "é".encode("Shift_JIS") }
t { "\u{1F600}".encode("EUC-JP") }
t { format("%c".dup.force_encoding("euc-jp"), 9415601) == "é".encode("EUC-JP") }
