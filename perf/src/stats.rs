//! The arithmetic of the report: medians, steady state, warm-up, spread, geometric mean. All times are seconds.

/// What the iterations of one process say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phases {
    /// Median of the later half of the iterations.
    pub steady: f64,
    /// Sum of the iterations before the first that is within 10 % of `steady`.
    pub warm_up: f64,
    /// How much the first iteration took.
    pub first: f64,
}

/// Part above the steady time that still counts as steady.
const STEADY_SHARE: f64 = 0.10;

/// Median; the mean of the two middle values when their number is even. `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// Splits the iterations of one process.
pub fn phases(iterations: &[f64]) -> Option<Phases> {
    let steady = median(&iterations[iterations.len() / 2..])?;
    let limit = steady * (1.0 + STEADY_SHARE);
    let first_steady = iterations.iter().position(|time| *time <= limit).unwrap_or(iterations.len());
    // An empty sum of floats is -0.0, which would be printed.
    let warm_up = iterations[..first_steady].iter().fold(0.0, |sum, time| sum + time);
    Some(Phases { steady, warm_up, first: iterations[0] })
}

/// Largest over smallest, less one: 0.1 means that the values differ by 10 %.
pub fn spread(values: &[f64]) -> f64 {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    if values.is_empty() || least <= 0.0 { 0.0 } else { most / least - 1.0 }
}

/// Geometric mean of positive values.
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    Some((sum / values.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::{geometric_mean, median, phases, spread};

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
    }

    #[test]
    fn warm_up_ends_at_the_first_steady_iteration() {
        let phases = phases(&[5.0, 3.0, 1.05, 1.0, 1.0, 0.9]).unwrap();
        assert_eq!((phases.steady, phases.warm_up, phases.first), (1.0, 8.0, 5.0));
        assert_eq!(super::phases(&[]), None);
    }

    #[test]
    fn means_and_spread() {
        assert!((geometric_mean(&[2.0, 8.0]).unwrap() - 4.0).abs() < 1e-9);
        assert_eq!(geometric_mean(&[]), None);
        assert!((spread(&[1.0, 1.25]) - 0.25).abs() < 1e-9);
        assert_eq!(spread(&[]), 0.0);
    }
}
