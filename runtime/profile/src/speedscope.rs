//! The format of speedscope (<https://www.speedscope.app/file-format-schema.json>), one sampled profile.

use crate::totals;
use serde_json::{Value, json};
use vm::profile::{Measure, Profile};

/// The document.
pub(crate) fn document(profile: &Profile, program: &str) -> Result<Vec<u8>, String> {
    let frames: Vec<Value> = profile.places.iter().map(|place| json!({ "name": place.label, "file": &*place.file, "line": place.line })).collect();
    let samples: Vec<&[u32]> = profile.stacks.iter().map(|(stack, _)| &**stack).collect();
    let weights: Vec<u64> = profile.stacks.iter().map(|(_, weight)| weight.amount).collect();
    let unit = if profile.measure == Measure::Allocations { "bytes" } else { "nanoseconds" };
    let document = json!({
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "exporter": concat!("maglev ", env!("CARGO_PKG_VERSION")),
        "name": program,
        "shared": { "frames": frames },
        "profiles": [{
            "type": "sampled", "name": program, "unit": unit, "startValue": 0, "endValue": totals(profile).0,
            "samples": samples, "weights": weights,
        }],
    });
    serde_json::to_vec(&document).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_indexes_of_frames_with_weights() {
        let bytes = document(&crate::tests::small(), "a.rb").expect("a document");
        let document: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(document["shared"]["frames"][3]["name"], "Array#sort");
        assert_eq!(document["profiles"][0]["samples"][2], json!([0, 1, 2, 3]));
        assert_eq!(document["profiles"][0]["weights"], json!([100_000_000, 400_000_000, 900_000_000]));
        assert_eq!(document["profiles"][0]["endValue"], 1_400_000_000u64);
    }
}
