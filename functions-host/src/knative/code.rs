//! The code of a function, which is nobody's to read but its user's and the cluster's.

use std::fmt;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The most that fits into a `ConfigMap` with all that is beside it, in bytes.
const MOST: usize = 1_000_000;

/// The source of a Python module, 1 to 1,000,000 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// Why a text is no [`Code`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code is {0} bytes long; 1 to {MOST} are allowed")]
pub struct InvalidCode(usize);

impl Code {
    /// The code of this text.
    ///
    /// # Errors
    /// It is empty, or too long.
    pub fn new(text: String) -> Result<Self, InvalidCode> {
        match text.len() {
            1..=MOST => Ok(Self(text)),
            length => Err(InvalidCode(length)),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The SHA-256 digest, in hexadecimal.
    pub(super) fn digest(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn code_does_not_show_itself() {
        let code = Code::new("password = 'hidden'".to_owned()).unwrap();
        assert_eq!(format!("{code:?}"), "Code(19 bytes)");
    }

    #[test]
    fn what_does_not_fit_is_refused_without_being_shown() {
        let refused = Code::new("hidden".repeat(200_000)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the code is 1200000 bytes long; 1 to 1000000 are allowed"
        );
        assert!(Code::new(String::new()).is_err());
    }

    #[test]
    fn a_digest_is_that_of_the_text() {
        let code = Code::new("abc".to_owned()).unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(code.digest(), known);
    }
}
