//! Few figures out of many.

use std::fmt;

use serde::Serialize;

/// The middle and the ends of some measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The least.
    pub min: f64,
    /// Half of them are below it.
    pub median: f64,
    /// Nine of ten are below it.
    pub p90: f64,
    /// The greatest.
    pub max: f64,
}

impl Summary {
    /// Sums up measurements; all is NaN where there are none.
    #[must_use]
    pub fn of(measurements: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = measurements.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            min: at(&sorted, 0.0),
            median: at(&sorted, 0.5),
            p90: at(&sorted, 0.9),
            max: at(&sorted, 1.0),
        }
    }
}

/// Between two neighbours in proportion.
fn at(sorted: &[f64], quantile: f64) -> f64 {
    let place = quantile * sorted.len().saturating_sub(1) as f64;
    let near = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    let (below, above) = (near(place.floor()), near(place.ceil()));
    below + (above - below) * place.fract()
}

/// The median, and in parentheses the least and the greatest.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(3);
        let Self {
            min, median, max, ..
        } = self;
        write!(f, "{median:.digits$} ({min:.digits$} … {max:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        let summary = Summary::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!((summary.min, summary.max), (1.0, 4.0));
        assert!((summary.median - 2.5).abs() < 1e-9);
        assert!((summary.p90 - 3.7).abs() < 1e-9);
    }

    #[test]
    fn a_summary_is_shown_with_the_digits_asked_for() {
        let summary = Summary::of([1.0, 2.0, 3.0]);
        assert_eq!(format!("{summary:.0}"), "2 (1 … 3)");
    }

    #[test]
    fn no_measurement_gives_no_figure() {
        assert!(Summary::of([]).median.is_nan());
    }
}
