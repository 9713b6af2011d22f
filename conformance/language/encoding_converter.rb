# Conversions piece by piece, and what their errors tell.
C = Encoding::Converter
def t; p yield; rescue => e; puts "!! #{e.class}: #{e.message}"; end
t { ec = C.new("utf-8", "iso-2022-jp"); s = +"A is \u{3042}, x"; d = +""; [ec.primitive_convert(s, d), d.bytes, ec.insert_output("\u3042")] }
t { ec = C.new("UTF-8", "ISO-2022-JP"); [ec.convert("あ").bytes, ec.convert("い").bytes, ec.finish.bytes, ec.replacement] }
t { ["ｱ".encode("CP50221").bytes, "あ\n".encode("ISO-2022-JP").bytes] }
t { "a'\"<>&é".encode("US-ASCII", xml: :text) }
t { "a'\"<>&é".encode("US-ASCII", xml: :attr) }
t { C.search_convpath("UTF-16", "UTF-16LE") }
t { C.search_convpath("ASCII-8BIT", "UTF-8") }
t { C.search_convpath("utf-8", "utf-16", newline: :universal) }
t { C.search_convpath("utf-8", "iso-2022-jp", crlf_newline: true) }
t { C.search_convpath("iso-2022-jp", "utf-8", universal_newline: true) }
t { C.new("utf-8", "utf-16", crlf_newline: true).inspect }
t { C.new("", "utf-8") }
t { C.new("utf-8", "") }
t { C.new("", "") }
t { C.new("", "").convpath }
t { C.new([["iso-8859-1","utf-8"],["utf-8","euc-jp"]]).convpath }
t { C.new([["iso-8859-1","utf-8"],["utf-8","euc-jp"]]) }
t { ec = C.new("utf-16be","utf-8", universal_newline: true); [ec.source_encoding, ec.destination_encoding] }
t { ec = C.new("EUC-JP", "ISO-8859-1"); ec.insert_output("é"); d = +""; [ec.primitive_convert(+"", d), d] }
t { ec = C.new("EUC-JP", "ISO-8859-1"); ec.insert_output("あ") }
t { ec = C.new("utf-8", "us-ascii", undef: :replace); ec.replacement = "é" }
t { ec = C.new("utf-8", "us-ascii", undef: :foo) }
t { ec = C.new("utf-8", "us-ascii", invalid: :foo) }
t { ec = C.new("utf-8", "us-ascii", xml: :foo) }
t { ec = C.new("utf-8", "us-ascii", foo: 1).inspect }
t { ec = C.new("utf-8", "us-ascii"); ec.primitive_convert("é".freeze, +"") }
t { ec = C.new("utf-8", "us-ascii"); s = +"ab"; d = +"xyz"; [ec.primitive_convert(s, d, 1), d] }
t { ec = C.new("utf-8", "us-ascii"); d = +"xyz"; [ec.primitive_convert(nil, d), d] }
t { ec = C.new("utf-8", "us-ascii"); ec.primitive_convert(1, +"") }
t { ec = C.new("utf-8", "us-ascii"); ec.primitive_convert(+"a", 1) }
t { ec = C.new("utf-8", "us-ascii"); ec.primitive_convert(+"a", +"", nil, nil, foo: 1) }
t { ec = C.new("utf-8", "us-ascii"); ec.convert(1) }
t { C.new("utf-8", "us-ascii") == C.new("utf-8", "us-ascii", invalid: :replace) }
t { C.new("Shift_JIS", "UTF-8").convert("\x81\x81\xFC\xFC") }
t { "\xFF\xFE".dup.force_encoding("Windows-31J").encode("UTF-8") }
t { "\xA4\xA2\x8E".dup.force_encoding("EUC-JP").encode("UTF-8") }
t { "\x1b$B\x30".dup.force_encoding("ISO-2022-JP").encode("UTF-8") }
t { "\x1b$Z".dup.force_encoding("ISO-2022-JP").encode("UTF-8") }
t { "\xff".dup.force_encoding("ISO-2022-JP").encode("UTF-8") }
t { "あé".encode("EUC-JP").encode("Shift_JIS") }
t { "\u{3042}x".encode("UTF-16").bytes }
t { "".encode("UTF-16").bytes }
t { "a\nb".encode("UTF-16LE", crlf_newline: true).bytes }
t { "a\r\nb\r".encode(universal_newline: true) }
t { "a\r\nb\r".encode(newline: :lf) }
t { "\xff\r\n".encode(universal_newline: true) }
t { "\xff<".encode(xml: :text) }
t { "é<".encode("UTF-8", xml: :text) }
t { "a\xFFb".encode("UTF-16LE", invalid: :replace).bytes }
t { "a\xFFb".encode("UTF-16LE", invalid: :replace, replace: "é").bytes }
begin; ec = C.new("UTF-8", "UTF-16"); p ec.convert("a"), ec.convert("b"), ec.finish, ec.source_encoding, ec.destination_encoding, ec.replacement
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("ISO-2022-JP", "UTF-8"); p ec.convert("\e$B$\""), ec.convert("\e(B"), ec.finish, ec.convpath, ec.replacement
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("", "", universal_newline: true); p ec.convert("a\r"), ec.convert("\nb\r"), ec.finish, ec.convpath, ec.source_encoding, ec.inspect
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("", "", crlf_newline: true); p ec.convert("a\nb\r\n"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("", "", lf_newline: true) ; p ec.convert("a\r\nb\rc"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("", "", cr_newline: true); p ec.convert("a\nb"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("", "", xml: :attr); p ec.convert("a<\"&>'"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("utf-8", "us-ascii", xml: :attr); p ec.convert("a<é"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("utf-8", "us-ascii", xml: :text); p ec.convert("a<é"), ec.finish, ec.convpath
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("EUC-JP", "Shift_JIS"); src = +"abc\xA1\xA1\xFFx"; dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.primitive_errinfo, ec.last_error
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "EUC-JP"); src = +"a\xE3x"; dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.primitive_errinfo, ec.last_error, ec.putback, ec.primitive_errinfo
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "UTF-16LE"); src = +"abcd"; dst = +""; p ec.primitive_convert(src, dst, nil, 3), dst, src; p ec.primitive_convert(src, dst, nil, 4), dst, src; p ec.primitive_convert(src, dst), dst,src
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "UTF-16LE"); src = +"ab\xE3\x81"; dst = +""; p ec.primitive_convert(src, dst, nil, nil, partial_input: true), dst, src, ec.primitive_errinfo; src << "\x82"; p ec.primitive_convert(src, dst), dst
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "UTF-16LE"); src = +"ab\xE3\x81"; dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.primitive_errinfo, ec.last_error
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "ISO-8859-1"); src = +"a€b"; dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.primitive_errinfo, ec.last_error; p ec.insert_output("?"), ec.primitive_convert(src, dst), dst
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-16LE", "ISO-8859-1"); src = "a€b".encode("UTF-16LE"); dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.primitive_errinfo, ec.last_error, ec.last_error.source_encoding_name, ec.last_error.destination_encoding_name, ec.last_error.error_char
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "ISO-8859-1", undef: :replace, invalid: :replace, replace: "!!"); src = +"a€\xFFb"; dst = +""; p ec.primitive_convert(src, dst), dst, src, ec.replacement
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "ISO-8859-1"); p (ec.convert("a\xFF") rescue $!), (ec.convert("a€") rescue $!), (ec.finish rescue $!), (ec.convert("\xE3") rescue $!), (ec.finish rescue $!), (ec.convert("x") rescue $!)
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "UTF-16LE"); src=+"abc"; dst=+"zz"; p ec.primitive_convert(src,dst,1,2), dst, src; p (ec.primitive_convert(src, dst, 10) rescue $!), (ec.primitive_convert(src, dst, -1) rescue $!), (ec.primitive_convert(src, dst, nil, -1) rescue $!)
rescue => e; puts "!! #{e.class}: #{e.message}"; end
begin; ec = C.new("UTF-8", "UTF-16LE"); src=+"abc"; dst=+""; p ec.primitive_convert(src,dst,nil,nil, after_output: true), dst, src, ec.primitive_convert(src,dst,nil,nil,C::AFTER_OUTPUT|C::PARTIAL_INPUT), dst, src
rescue => e; puts "!! #{e.class}: #{e.message}"; end
