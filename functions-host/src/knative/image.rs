//! The image of a container.

use std::fmt;
use std::str::FromStr;

/// The longest reference, in bytes.
const LONGEST: usize = 1024;

/// A reference to an image, such as `registry.example.com/team/resize:1.2` or one with a
/// digest: letters, digits, `.`, `_`, `-`, `/`, `:` and `@`, 1024 at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(String);

/// Why a text is no [`Image`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImage {
    /// The text is empty or too long.
    #[error("{0} bytes long; 1 to {LONGEST} are allowed")]
    Length(usize),
    /// It holds what no reference holds.
    #[error("{0:?} is in it; letters, digits, `.`, `_`, `-`, `/`, `:` and `@` are allowed")]
    Character(char),
    /// It is a URL, or begins or ends with something else than a letter or a digit.
    #[error("it is no reference to an image; one is like registry.example.com/team/name:tag")]
    Form,
}

impl Image {
    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Image {
    type Err = InvalidImage;

    fn from_str(text: &str) -> Result<Self, InvalidImage> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(InvalidImage::Length(text.len()));
        }
        let usual = |c: &char| c.is_ascii_alphanumeric() || "._-/:@".contains(*c);
        if let Some(strange) = text.chars().find(|c| !usual(c)) {
            return Err(InvalidImage::Character(strange));
        }
        let ends = [text.chars().next(), text.chars().next_back()];
        let whole = ends
            .into_iter()
            .flatten()
            .all(|c| c.is_ascii_alphanumeric());
        match whole && !text.contains("//") {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidImage::Form),
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn references_are_taken_and_what_is_none_is_not() {
        let digest = format!("a/b@sha256:{}", "0".repeat(64));
        for image in [
            "a",
            "localhost:5000/a/b",
            "r.example.com/A_b/c-d:1.2-x",
            &digest,
        ] {
            assert_eq!(image.parse::<Image>().unwrap().as_str(), image);
        }
        for wrong in [
            "",
            "a b",
            "https://r/a",
            "a:",
            "/a",
            "a\n",
            "a;b",
            "-a",
            "$(a)",
        ] {
            assert!(wrong.parse::<Image>().is_err(), "{wrong:?}");
        }
    }
}
