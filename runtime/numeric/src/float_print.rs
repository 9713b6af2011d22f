//! `Float#to_s`: the shortest digits that read back as the same double, in Ruby's layout.
//!
//! Invariant: fixed notation from 0.0001 up to 15 whole digits, or 16 when a fraction follows; scientific otherwise.
//! Source: CRuby `flo_to_s`; digits by the Ryu algorithm (Adams 2018).

/// `Float#to_s`.
pub fn to_s(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, point) = shortest_digits(value);
    let too_wide = point > 15 && point >= digits.len() as i32;
    let body = if too_wide || point <= -4 {
        scientific(&digits, point)
    } else if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else {
        fixed(&digits, point as usize)
    };
    format!("{sign}{body}")
}

fn fixed(digits: &str, point: usize) -> String {
    match digits.split_at_checked(point) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
        _ => format!("{digits}{}.0", "0".repeat(point - digits.len())),
    }
}

fn scientific(digits: &str, point: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let rest = if rest.is_empty() { "0" } else { rest };
    let exponent = point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}.{rest}e{sign}{:02}", exponent.abs())
}

/// Shortest decimal digits of the magnitude and the decimal point's place: `0.DIGITS * 10**place`. Value is finite
/// and not zero.
pub fn shortest_digits(value: f64) -> (String, i32) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0');
    (digits.to_owned(), whole.len() as i32 + exponent - leading as i32)
}

/// `Float#next_float`.
pub fn next_float(value: f64) -> f64 {
    value.next_up()
}

/// `Float#prev_float`.
pub fn prev_float(value: f64) -> f64 {
    value.next_down()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_ruby_does() {
        let table = [
            (1e22, "1.0e+22"),
            (1e16, "1.0e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e15, "1.0e+15"),
            (1e14, "100000000000000.0"),
            (9999999999999998.0, "9.999999999999998e+15"),
            (1234567890123456.8, "1234567890123456.8"),
            (0.0001, "0.0001"),
            (0.00001, "1.0e-05"),
            (5e-324, "5.0e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (100.0, "100.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
            (123.456, "123.456"),
        ];
        for (value, expected) in table {
            assert_eq!(to_s(value), expected);
        }
    }
}
