//! How much of something there is.

use std::fmt;
use std::str::FromStr;

/// The longest, in bytes.
const LONGEST: usize = 32;

const SUFFIXES: [&str; 14] = [
    "", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
];

/// An amount as Kubernetes writes it: `500m`, `0.5`, `128Mi`, `1e3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity(String);

/// Why a text is no [`Quantity`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no amount; amounts are like 500m, 0.5, 2, 128Mi and 1Gi")]
pub struct InvalidQuantity;

impl Quantity {
    pub(super) fn new(known: &'static str) -> Self {
        Self(known.to_owned())
    }

    /// The amount as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Quantity {
    type Err = InvalidQuantity;

    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let exponent = suffix.strip_prefix(['e', 'E']);
        let exponent = exponent.map(|behind| behind.strip_prefix(['+', '-']).unwrap_or(behind));
        let suffixed = SUFFIXES.contains(&suffix) || exponent.is_some_and(digits);
        match text.len() <= LONGEST && digits(whole) && digits(fraction) && suffixed {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidQuantity),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn amounts_are_taken_and_what_is_none_is_not() {
        for amount in [
            "0", "500m", "0.5", "128Mi", "1Gi", "2E", "1e3", "1E-3", "12k",
        ] {
            assert!(amount.parse::<Quantity>().is_ok(), "{amount}");
        }
        for wrong in [
            "", "m", "1.", ".5", "-1", "1 Gi", "1gi", "1e", "1,5", "1.2.3", "1Mib",
        ] {
            assert!(wrong.parse::<Quantity>().is_err(), "{wrong}");
        }
        assert!("1".repeat(33).parse::<Quantity>().is_err());
    }
}
