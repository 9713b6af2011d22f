//! Makes a failing input small: takes away spans, large ones first, as long as it fails in the same way.

use std::time::{Duration, Instant};

/// Time spent on one input.
const TIME_MAX: Duration = Duration::from_secs(30);

/// The smallest input found for which `fails` holds; `input` itself fails.
pub fn shrink(input: &[u8], fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let deadline = Instant::now() + TIME_MAX;
    let by_lines = pass(pieces(input, |byte| byte == b'\n'), deadline, fails);
    let joined = by_lines.concat();
    let by_words = pass(pieces(&joined, |byte| !byte.is_ascii_alphanumeric()), deadline, fails);
    by_words.concat()
}

/// The input cut behind each byte that ends a piece.
fn pieces(input: &[u8], ends: fn(u8) -> bool) -> Vec<Vec<u8>> {
    input.split_inclusive(|&byte| ends(byte)).map(<[u8]>::to_vec).collect()
}

fn pass(mut pieces: Vec<Vec<u8>>, deadline: Instant, fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let mut size = pieces.len() / 2;
    while size > 0 {
        let mut start = 0;
        let mut removed = false;
        while start < pieces.len() {
            if Instant::now() > deadline {
                return pieces;
            }
            let end = (start + size).min(pieces.len());
            let rest = [&pieces[..start], &pieces[end..]].concat();
            if fails(&rest.concat()) {
                pieces = rest;
                removed = true;
            } else {
                start += size;
            }
        }
        // Single pieces are tried again, because one may have needed another that is gone now.
        if !(size == 1 && removed) {
            size /= 2;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::shrink;

    #[test]
    fn only_what_fails_is_left() {
        let input = b"one\ntwo\nthree bad four\nfive\nworse\n".to_vec();
        let contains = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|window| window == word);
        let small = shrink(&input, &mut |text| contains(text, b"bad") && contains(text, b"worse"));
        assert_eq!(String::from_utf8_lossy(&small), "bad worse\n");
    }
}
