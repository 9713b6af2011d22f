//! Which encodings a conversion goes through, as CRuby's tables do.
//!
//! Invariant: neighbours in a path are different; a path has at least two encodings.

use super::is_convertible;
use crate::encoding::Encoding;

fn named(name: &str) -> Option<Encoding> {
    Encoding::find(name)
}

/// The encodings from `encoding` to UTF-8.
fn toward_unicode(encoding: Encoding) -> Vec<Encoding> {
    let names: &[&str] = match encoding.name() {
        "UTF-8" => &[],
        "ISO-2022-JP" => &["stateless-ISO-2022-JP", "EUC-JP"],
        "stateless-ISO-2022-JP" => &["EUC-JP"],
        "CP50220" | "CP50221" => &["CP51932"],
        _ => &[],
    };
    let mut path = vec![encoding];
    path.extend(names.iter().filter_map(|name| named(name)));
    if encoding != Encoding::UTF_8 {
        path.push(Encoding::UTF_8);
    }
    path
}

/// The encodings between `from` and `to`, both included; None when there is no way.
pub fn conversion_path(from: Encoding, to: Encoding) -> Option<Vec<Encoding>> {
    let is_known = |encoding: Encoding| is_convertible(encoding) || encoding.name() == "stateless-ISO-2022-JP";
    if from == to || !is_known(from) || !is_known(to) {
        return None;
    }
    let (mut path, back) = (toward_unicode(from), toward_unicode(to));
    // The first encoding that both ways have in common joins them.
    let (at, meeting) = path.iter().enumerate().find_map(|(at, step)| Some((at, back.iter().position(|other| other == step)?)))?;
    path.truncate(at);
    path.extend(back[..=meeting].iter().rev());
    let is_direct = |step: &[Encoding]| {
        let pair = (step[0], step[2]);
        step[1] == Encoding::UTF_8 && matches!((pair.0.name(), pair.1.name()), ("EUC-JP", "Shift_JIS") | ("Shift_JIS", "EUC-JP"))
    };
    if let Some(at) = path.windows(3).position(is_direct) {
        path.remove(at + 1);
    }
    Some(path)
}

/// The encoding with ASCII in it that stands for one without; None for those that have it.
pub fn ascii_compatible_form(encoding: Encoding) -> Option<Encoding> {
    match encoding.name() {
        "ISO-2022-JP" => named("stateless-ISO-2022-JP"),
        "CP50220" | "CP50221" => named("CP51932"),
        "UTF-16" | "UTF-16BE" | "UTF-16LE" | "UTF-32" | "UTF-32BE" | "UTF-32LE" => Some(Encoding::UTF_8),
        _ => None,
    }
}
