//! Numbers under flags, width and precision.
//!
//! Invariant: negative numbers without a sign flag show an endless two's complement, its start marked by `..`.

use super::{Digits, parse::Directive};

/// A double has no more decimal digits than this; further ones are zeros.
const MAX_DOUBLE_DIGITS: usize = 1100;

/// The radix of a conversion letter.
pub(super) fn radix(kind: u8) -> u32 {
    match kind {
        b'b' | b'B' => 2,
        b'o' => 8,
        b'x' | b'X' => 16,
        _ => 10,
    }
}

/// Digits of `radix ** n - magnitude`, starting with exactly one top digit.
fn complement(magnitude: &str, radix: u32) -> String {
    let top = char::from_digit(radix - 1, radix).unwrap_or('f');
    let mut carry = 1;
    let mut digits: Vec<char> = Vec::with_capacity(magnitude.len() + 1);
    for digit in magnitude.bytes().rev() {
        let value = radix - 1 - (digit as char).to_digit(radix).unwrap_or(0) + carry;
        carry = value / radix;
        digits.push(char::from_digit(value % radix, radix).unwrap_or('0'));
    }
    let text: String = digits.into_iter().rev().collect();
    format!("{top}{}", text.trim_start_matches(top))
}

/// `%d %b %o %x` and their relatives.
pub(super) fn integer(directive: &Directive, digits: &Digits, out: &mut Vec<u8>) {
    let radix = radix(directive.kind);
    let signed_form = radix == 10 || directive.plus || directive.space;
    let prefix = match directive.kind {
        _ if !directive.sharp || digits.magnitude == "0" => "",
        b'b' => "0b",
        b'B' => "0B",
        b'x' => "0x",
        b'X' => "0X",
        _ => "",
    };
    if digits.negative && !signed_form {
        return twos_complement(directive, digits, radix, prefix, out);
    }
    let mut text = digits.magnitude.clone();
    if directive.kind == b'X' {
        text.make_ascii_uppercase();
    }
    if directive.precision == Some(0) && text == "0" {
        text.clear();
    }
    if let Some(precision) = directive.precision
        && text.len() < precision
    {
        text.insert_str(0, &"0".repeat(precision - text.len()));
    }
    if directive.sharp && directive.kind == b'o' && !text.starts_with('0') {
        text.insert(0, '0');
    }
    signed(directive, digits.negative, prefix, &text, out);
}

fn twos_complement(directive: &Directive, digits: &Digits, radix: u32, prefix: &str, out: &mut Vec<u8>) {
    let mut text = complement(&digits.magnitude, radix);
    if directive.kind == b'X' {
        text.make_ascii_uppercase();
    }
    let top = text.chars().next().unwrap_or('f');
    let wanted = match directive.precision {
        Some(precision) => precision,
        None if directive.zero && !directive.minus => directive.width.unwrap_or(0).saturating_sub(prefix.len()),
        None => 0,
    };
    let fill = wanted.saturating_sub(text.len() + 2);
    let body = format!("{prefix}..{}{text}", top.to_string().repeat(fill));
    pad(directive, &body, out);
}

/// A magnitude with its sign, prefix and zero fill.
pub(super) fn signed(directive: &Directive, negative: bool, prefix: &str, text: &str, out: &mut Vec<u8>) {
    let sign = match (negative, directive.plus, directive.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let is_float = matches!(directive.kind, b'f' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A');
    let zero_fill = directive.zero && !directive.minus && (is_float || directive.precision.is_none());
    if zero_fill {
        let fill = directive.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + text.len());
        out.extend_from_slice(sign.as_bytes());
        out.extend_from_slice(prefix.as_bytes());
        out.resize(out.len() + fill, b'0');
        out.extend_from_slice(text.as_bytes());
    } else {
        pad(directive, &format!("{sign}{prefix}{text}"), out);
    }
}

fn pad(directive: &Directive, body: &str, out: &mut Vec<u8>) {
    let fill = directive.width.unwrap_or(0).saturating_sub(body.len());
    if !directive.minus {
        out.resize(out.len() + fill, b' ');
    }
    out.extend_from_slice(body.as_bytes());
    if directive.minus {
        out.resize(out.len() + fill, b' ');
    }
}

/// `%f %e %g %a` of a double.
pub(super) fn double(directive: &Directive, value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let text = if value.is_nan() { "NaN" } else { "Inf" };
        let plain = Directive { reference: super::parse::Reference::Next, zero: false, ..*directive };
        return signed(&plain, value < 0.0, "", text, out);
    }
    let magnitude = value.abs();
    let precision = directive.precision.unwrap_or(6);
    let (prefix, mut text) = match directive.kind {
        b'f' => ("", fixed(magnitude, precision, directive.sharp)),
        b'e' | b'E' => ("", scientific(magnitude, precision, directive.sharp)),
        b'g' | b'G' => ("", general(magnitude, precision.max(1), directive.sharp)),
        _ => ("0x", hexadecimal(magnitude, directive.precision, directive.sharp)),
    };
    let mut prefix = prefix.to_owned();
    if directive.kind.is_ascii_uppercase() {
        text.make_ascii_uppercase();
        prefix.make_ascii_uppercase();
    }
    signed(directive, value.is_sign_negative(), &prefix, &text, out);
}

/// Most digits that CRuby makes with floating-point arithmetic alone.
const QUICK_DIGITS: i32 = 14;

/// Is the double so close to the middle between two decimals of `digits` digits that CRuby's quick way of making them
/// takes it for a tie?
///
/// That way scales the value to one digit before the point, takes digit by digit off and looks at what is left, in doubles. Its
/// margin grows with the steps of the scaling.
fn is_quick_tie(value: f64, exponent: i32, digits: i32) -> bool {
    if value == 0.0 || !(1..=QUICK_DIGITS).contains(&digits) {
        return false;
    }
    let mut steps = 2.0;
    let mut rest = value;
    let (low, high) = (exponent.unsigned_abs() & 15, exponent.unsigned_abs() >> 4);
    let mut scale = |factor: f64| {
        if factor != 1.0 {
            steps += 1.0;
            rest = if exponent > 0 { rest / factor } else { rest * factor };
        }
    };
    (0..5).filter(|bit| high >> bit & 1 == 1).for_each(|bit| scale(10f64.powi(16 << bit)));
    scale(10f64.powi(low as i32));
    let margin = (steps * rest + 7.0) * f64::EPSILON * 10f64.powi(digits - 1);
    for _ in 1..digits {
        rest = (rest - rest.trunc()) * 10.0;
    }
    ((rest - rest.trunc()) - 0.5).abs() <= margin
}

/// Decimal digits of a double, rounded as CRuby rounds them: in `format!`'s notation with an exponent.
fn rounded_scientific(value: f64, places: usize) -> String {
    let exact = format!("{value:.places$e}");
    let parts = |text: &str| text.split_once('e').and_then(|(mantissa, exponent)| Some((mantissa.to_owned(), exponent.parse::<i32>().ok()?)));
    let Some((_, exponent)) = parts(&format!("{value:e}")) else { return exact };
    if !is_quick_tie(value, exponent, places as i32 + 1) {
        return exact;
    }
    // A tie goes to the even digit: of the two decimals around, the one that ends in one.
    let is_even = |text: &str| parts(text).is_some_and(|(mantissa, _)| mantissa.bytes().last().is_some_and(|digit| digit % 2 == 0));
    if is_even(&exact) {
        return exact;
    }
    let step = 10f64.powi(exponent - places as i32) * 0.5;
    let other = [value - step, value + step].map(|near| format!("{near:.places$e}")).into_iter().find(|near| is_even(near));
    other.unwrap_or(exact)
}

/// The double in decimal notation with `places` digits behind the point, rounded as CRuby rounds.
fn rounded_fixed(value: f64, places: usize) -> String {
    let exact = format!("{value:.places$}");
    let exponent = format!("{value:e}").split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    let digits = i32::try_from(places).map_or(i32::MAX, |places| places.saturating_add(1 + exponent));
    if !is_quick_tie(value, exponent, digits) || exact.bytes().last().is_some_and(|digit| digit % 2 == 0) {
        return exact;
    }
    let step = 10f64.powi(-(places as i32)) * 0.5;
    let is_even = |text: &String| text.bytes().last().is_some_and(|digit| digit % 2 == 0);
    let other = [value - step, value + step].map(|near| format!("{near:.places$}")).into_iter().find(is_even);
    other.unwrap_or(exact)
}

fn fixed(value: f64, precision: usize, sharp: bool) -> String {
    let exact = precision.min(MAX_DOUBLE_DIGITS);
    let mut text = rounded_fixed(value, exact);
    text.push_str(&"0".repeat(precision - exact));
    if sharp && precision == 0 {
        text.push('.');
    }
    text
}

fn scientific(value: f64, precision: usize, sharp: bool) -> String {
    let exact = precision.min(MAX_DOUBLE_DIGITS);
    let text = rounded_scientific(value, exact);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    let point = if sharp && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}{}e{sign}{:02}", "0".repeat(precision - exact), exponent.abs())
}

fn general(value: f64, precision: usize, sharp: bool) -> String {
    let trial = scientific(value, (precision - 1).min(MAX_DOUBLE_DIGITS), false);
    let exponent: i64 = trial.split_once('e').and_then(|pair| pair.1.parse().ok()).unwrap_or(0);
    let strip = |text: &str| match text.contains('.') {
        true if !sharp => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text.to_owned(),
    };
    if exponent >= -4 && exponent < precision as i64 {
        let places = (precision as i64 - 1 - exponent).max(0) as usize;
        return strip(&fixed(value, places, sharp));
    }
    let text = scientific(value, precision - 1, sharp);
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", strip(mantissa)),
        None => text,
    }
}

/// The part of `%a` after `0x`.
fn hexadecimal(value: f64, precision: Option<usize>, sharp: bool) -> String {
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mut whole, mut fraction, exponent) = match (field, fraction) {
        (0, 0) => (0, 0, 0),
        (0, _) => {
            // Subnormals are shown normalised.
            let shift = fraction.leading_zeros() - 11;
            (1, fraction << shift & ((1 << 52) - 1), -1022 - shift as i32)
        }
        _ => (1, fraction, field - 1023),
    };
    let mut digits = 13;
    if let Some(wanted) = precision.filter(|&wanted| wanted < 13) {
        let drop = (13 - wanted) as u32 * 4;
        let (kept, rest, half) = (fraction >> drop, fraction & ((1 << drop) - 1), 1 << (drop - 1));
        let odd = if wanted == 0 { whole & 1 } else { kept & 1 };
        let kept = kept + u64::from(rest > half || (rest == half && odd == 1));
        whole += kept >> (wanted * 4);
        fraction = kept & ((1u64 << (wanted * 4)) - 1);
        digits = wanted;
    }
    // A carry out of the leading digit keeps it at one, as the C library prints it.
    let (whole, exponent) = if whole == 2 { (1, exponent + 1) } else { (whole, exponent) };
    let mut text = if digits == 0 { String::new() } else { format!("{fraction:0digits$x}") };
    match precision {
        Some(wanted) => text.push_str(&"0".repeat(wanted.saturating_sub(13))),
        None => text.truncate(text.trim_end_matches('0').len()),
    }
    let point = if text.is_empty() && !sharp { "" } else { "." };
    format!("{whole}{point}{text}p{exponent:+}")
}
