//! Printing and splitting of complex numbers; their arithmetic runs on Ruby numbers in the VM.
//!
//! Invariant: the imaginary part's sign stands between the parts, taken from the text's own minus.
//! Source: behaviour of `Complex#to_s`.

/// `Complex#to_s` from the two parts' `to_s` texts. `imaginary_negative` is the sign bit of the imaginary part (true
/// for -0.0), `imaginary_finite` tells NaN and infinities, which get a `*`.
pub fn to_s(real: &str, imaginary_magnitude: &str, imaginary_negative: bool, imaginary_finite: bool) -> String {
    let sign = if imaginary_negative { '-' } else { '+' };
    let star = if imaginary_finite { "" } else { "*" };
    format!("{real}{sign}{imaginary_magnitude}{star}i")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_ruby_does() {
        assert_eq!(to_s("1", "2", false, true), "1+2i");
        assert_eq!(to_s("1", "0.0", true, true), "1-0.0i");
        assert_eq!(to_s("1", "NaN", false, false), "1+NaN*i");
        assert_eq!(to_s("0", "3/4", false, false), "0+3/4*i");
    }
}
