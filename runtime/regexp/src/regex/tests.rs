//! Matching tables with expectations taken from CRuby 4.0.

use super::*;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern.as_bytes(), Options::default(), Encoding::UTF_8).expect(pattern)
}

fn first(regex: &Regex, subject: &str) -> Option<String> {
    let range = text::coderange::scan(Encoding::UTF_8, subject.as_bytes());
    let found = regex.search(subject.as_bytes(), Encoding::UTF_8, range, 0, Retries::FIRST).expect("no fault");
    found.map(|captures| subject[captures.start()..captures.end()].to_owned())
}

#[test]
fn constructs_match_as_in_ruby() {
    let table = [
        ("a++", "aa", Some("aa")),
        ("(?~ab)", "xxab", Some("xxa")),
        ("(?~a)", "bba", Some("bb")),
        ("/\\*(?~\\*/)\\*/", "x/* a */ */", Some("/* a */")),
        ("a^?b", "ab", Some("ab")),
        ("(?:\\A|b)*x", "bx", Some("bx")),
        ("(?:(?:^)|b){0,3}x", "bbx", Some("bbx")),
        ("^{0}x", "ax", Some("x")),
        ("a(?<!a)??b", "ab", Some("ab")),
        ("(?a)[[:alpha:]]+", "aé", Some("a")),
        ("(?a)[[:^alpha:]]+", "aé1", Some("é1")),
        ("(?a)\\bé", "aé", Some("é")),
        ("a(?#c)b", "ab", Some("ab")),
        ("a{,2}", "aaa", Some("aa")),
        ("\\R", "\r\n", Some("\r\n")),
        ("\\X", "e\u{301}x", Some("e\u{301}")),
        ("a\\Kb", "ab", Some("b")),
        ("(a)?(?(1)b|c)", "c", Some("c")),
        ("(?i)a(?-i)b", "Ab", Some("Ab")),
        ("(?a)\\w", "é", None),
        ("\\w", "é", None),
        ("(?u)\\w", "é", Some("é")),
        ("(?d)\\w", "é", None),
        ("\\d", "٣", None),
        ("[[:digit:]]", "٣", Some("٣")),
        ("\\s", "\u{a0}", None),
        ("[[:space:]]", "\u{a0}", Some("\u{a0}")),
        ("\\h+", "xfF", Some("fF")),
        ("\\bé", "aé", None),
        ("\\p{Alpha}", "é", Some("é")),
        ("\\p{Han}", "漢", Some("漢")),
        ("\\p{^Alpha}", "1", Some("1")),
        ("[a-z&&[^b]]+", "abc", Some("a")),
        ("(?i)é", "É", Some("É")),
        ("(?i:ß)", "SS", Some("SS")),
        ("\\v", "\u{b}", Some("\u{b}")),
        ("\\A\\Z", "\n", Some("")),
        ("\\O", "O", Some("O")),
        ("\\N", "N", Some("N")),
        ("\\y", "y", Some("y")),
        ("(?<a>.)(?<a>.)\\k<a>", "abb", Some("abb")),
        ("(?<a>.)(?<a>.)\\k<a>", "aba", Some("aba")),
        ("\\u{41 42}", "AB", Some("AB")),
        ("\\xe3\\x81\\x82", "あ", Some("あ")),
        ("[\\u{61 62}]+", "ab", Some("ab")),
        ("(?<!a|bc)d", "ad", None),
        ("(?<=(a))b", "ab", Some("b")),
        ("\\p{Emoji}", "😀", Some("😀")),
        ("a{1,2}+", "aaaa", Some("aaaa")),
        ("[\\w.]+", "é-a.b", Some("a.b")),
        ("[^\\W]+", "é-ab", Some("ab")),
        ("[\\d&&[^5]]+", "512", Some("12")),
        ("(?x) a # c\n b", "ab", Some("ab")),
        ("[]a]+", "]a", Some("]a")),
        ("a\\/b", "a/b", Some("a/b")),
        ("$", "ab", Some("")),
    ];
    for (pattern, subject, expected) in table {
        assert_eq!(first(&regex(pattern), subject).as_deref(), expected, "/{pattern}/ on {subject:?}");
    }
}

#[test]
fn faults_have_ruby_s_messages() {
    let table = [
        ("[a", "premature end of char-class: /[a/"),
        ("(a", "end pattern with unmatched parenthesis: /(a/"),
        ("a)", "unmatched close parenthesis: /a)/"),
        ("*a", "target of repeat operator is not specified: /*a/"),
        ("\\", "too short escape sequence: /\\/"),
        ("(?<a>x)\\k<b>", "undefined name <b> reference: /(?<a>x)\\k<b>/"),
        ("[b-a]", "empty range in char class: /[b-a]/"),
        ("\\p{foo}", "invalid character property name {foo}: /\\p{foo}/"),
        ("\\xg", "invalid hex escape: /\\xg/"),
        ("\\u{110000}", "invalid Unicode range: /\\u{110000}/"),
        ("\\u{12", "invalid Unicode list: /\\u{12/"),
        ("\\u12", "invalid Unicode escape: /\\u12/"),
        ("(?z)a", "undefined group option: /(?z)a/"),
        ("(?<1a>x)", "invalid group name <1a>: /(?<1a>x)/"),
        ("a{100001}", "too big number for repeat range: /a{100001}/"),
        ("[]", "empty char-class: /[]/"),
        ("\\xff", "invalid multibyte escape: /\\xff/"),
        ("\\g<x>", "undefined name <x> reference: /\\g<x>/"),
        ("(?<a>", "end pattern with unmatched parenthesis: /(?<a>/"),
    ];
    for (pattern, message) in table {
        let error = Regex::new(pattern.as_bytes(), Options::default(), Encoding::UTF_8).expect_err(pattern);
        assert_eq!(error.message(), message);
    }
}

#[test]
fn encodings_meet_as_in_ruby() {
    let utf8 = Encoding::UTF_8;
    let ascii = regex("[^a]");
    assert_eq!(ascii.encoding(), Encoding::US_ASCII);
    let found = ascii.search("é".as_bytes(), utf8, CodeRange::Valid, 0, Retries::FIRST).expect("fits").expect("matches");
    assert_eq!(found.get(0), Some((0, 2)));
    let bytes = ascii.search(b"\xC3\xA9", Encoding::BINARY, CodeRange::Valid, 0, Retries::FIRST).expect("fits").expect("matches");
    assert_eq!(bytes.get(0), Some((0, 1)));
    let accent = regex("é");
    assert!(accent.is_fixed_encoding());
    let error = accent.search(b"\xA4\xA2", Encoding::EUC_JP, CodeRange::Valid, 0, Retries::FIRST).expect_err("differs");
    assert_eq!(error.message(), "incompatible encoding regexp match (UTF-8 regexp with EUC-JP string)");
    let error = ascii.search(b"\xFF", utf8, CodeRange::Broken, 0, Retries::FIRST).expect_err("broken");
    assert_eq!(error.message(), "invalid byte sequence in UTF-8");
}

#[test]
fn names_positions_and_direction() {
    let dated = regex("(?<y>\\d+)-(?<m>\\d+)(x)?");
    assert_eq!(dated.names(), [(b"y".to_vec(), vec![1]), (b"m".to_vec(), vec![2])]);
    assert_eq!(dated.group_count(), 2);
    let range = CodeRange::SevenBit;
    let found = dated.search(b"on 2024-05", Encoding::UTF_8, range, 0, Retries::FIRST).expect("fits").expect("matches");
    assert_eq!((found.get(1), found.get(2)), (Some((3, 7)), Some((8, 10))));
    let digit = regex("\\d+?");
    let last = digit.search_backward(b"1a2a", Encoding::UTF_8, range, 4, Retries::FIRST).expect("fits").expect("matches");
    assert_eq!(last.get(0), Some((2, 3)));
    assert_eq!(regex("\\G\\d").search(b"a1", Encoding::UTF_8, range, 1, Retries::FIRST).expect("fits").map(|m| m.start()), Some(1));
    assert_eq!(regex("a").match_at(b"ba", Encoding::UTF_8, range, 0, Retries::FIRST), Ok(None));
    assert!(regex("ab").literal.is_some());
    assert!(regex("a.").literal.is_none());
}

#[test]
fn hostile_patterns_do_not_crash() {
    let deep = "(".repeat(100_000);
    assert!(Regex::new(deep.as_bytes(), Options::default(), Encoding::UTF_8).is_err());
    let long = "a".repeat(200_000);
    assert!(first(&regex("(?:a|b)*c"), &long[..2000]).is_none());
    assert_eq!(first(&regex("(?:a|b)*"), &long).map(|text| text.len()), Some(200_000));
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll<'a>(&mut self, sides: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sides[(self.0 >> 33) as usize % sides.len()]
    }

    fn pattern(&mut self, depth: usize) -> String {
        let mut pattern = String::new();
        while pattern.is_empty() || self.roll(&["on", "on", "end"]) == "on" {
            let atom = match self.roll(&["atom", "atom", "atom", "look", "group", "either"]) {
                "look" => self.roll(&["^", "$", "\\A", "\\z", "\\b", "\\B"]).to_owned(),
                "group" if depth > 0 => format!("({})", self.pattern(depth - 1)),
                "either" if depth > 0 => format!("(?:{}|{})", self.pattern(depth - 1), self.pattern(depth - 1)),
                _ => self.roll(&["a", "b", "é", ".", "\\w", "\\W", "[^a]", "[a-c]", "\\s", "[[:alpha:]]", "\\n", "(?i:B)"]).to_owned(),
            };
            pattern += &atom;
            pattern += self.roll(&["", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}"]);
        }
        pattern
    }
}

#[test]
fn the_linear_engine_finds_what_the_other_one_finds() {
    let mut dice = Dice(1);
    let mut compared = 0;
    for _ in 0..4_000 {
        let pattern = dice.pattern(2);
        let Ok(regex) = Regex::new(pattern.as_bytes(), Options::default(), Encoding::UTF_8) else { continue };
        let Some(program) = regex.make_linear().filter(|program| program.is_exact) else { continue };
        for _ in 0..5 {
            let text: String = (0..8).map(|_| dice.roll(&["a", "a", "b", "B", "é", "\n", " ", "c"])).collect();
            let bytes = text.as_bytes();
            let range = text::coderange::scan(Encoding::UTF_8, bytes);
            if program.suits(bytes, range) {
                let other = regex.run(bytes, Encoding::UTF_8, (0, bytes.len()), Retries::FIRST).expect("no fault");
                assert_eq!(program.search(bytes, 0, Anchored::No), other, "{pattern:?} in {text:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 5_000, "{compared}");
}

#[test]
fn hostile_patterns_take_linear_time() {
    let text = "a".repeat(50_000) + "!";
    for pattern in ["^(a+)+$", "^([0-9a-z\\-/]*){1,256}$", "^(a|a)*$", "(a*)*b", "^([a-z]+)*\\z", "\\A.*a.*z\\z", "(?:a?){30}a{30}$"] {
        let regex = regex(pattern);
        let found = regex.search(text.as_bytes(), Encoding::UTF_8, CodeRange::SevenBit, 0, Retries::FIRST);
        assert_eq!(found, Ok(None), "{pattern}");
    }
}
