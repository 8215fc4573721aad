//! What a module's bytes are called where they are kept.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use super::{Digest, InvalidDigest};

const ENDING: &str = ".wasm";

/// The name of a module's bytes: their digest, and a mark where the digest alone would not
/// tell them from the same bytes that were there before and are on their way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Object {
    digest: Digest,
    mark: Option<Uuid>,
}

impl Object {
    /// The one that has the digest for a name.
    pub(super) fn of(digest: Digest) -> Self {
        Self { digest, mark: None }
    }

    /// One that there never was.
    pub(super) fn unique(digest: Digest) -> Self {
        let mark = Some(Uuid::now_v7());
        Self { digest, mark }
    }

    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// The mark as a row holds it.
    pub(super) fn mark(&self) -> Option<String> {
        Some(self.mark?.simple().to_string())
    }

    /// The one with this mark, if it can be one.
    pub(super) fn marked(digest: Digest, mark: Option<&str>) -> Option<Self> {
        let mark = mark.map(|mark| mark.parse().ok());
        match mark {
            None => Some(Self::of(digest)),
            Some(mark) => mark.map(|mark| Self {
                digest,
                mark: Some(mark),
            }),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest;
        match self.mark {
            None => write!(f, "{digest}{ENDING}"),
            Some(mark) => write!(f, "{digest}-{}{ENDING}", mark.simple()),
        }
    }
}

impl FromStr for Object {
    type Err = InvalidDigest;

    fn from_str(name: &str) -> Result<Self, InvalidDigest> {
        let stem = name.strip_suffix(ENDING).ok_or(InvalidDigest)?;
        let (digest, mark) = match stem.split_once('-') {
            None => (stem, None),
            Some((digest, mark)) => (digest, Some(mark)),
        };
        Self::marked(digest.parse()?, mark).ok_or(InvalidDigest)
    }
}

/// Where objects lie, as it is told: what stands before their names.
#[derive(Clone, Debug)]
pub(super) struct Root(Arc<str>);

impl Root {
    pub(super) fn new(root: impl Into<Arc<str>>) -> Self {
        Self(root.into())
    }

    pub(super) fn path(&self, object: &Object) -> String {
        format!("{}{object}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Object};

    #[test]
    fn an_object_is_the_same_after_a_way_through_its_name() {
        let digest = Digest::of(b"abc");
        assert_eq!(Object::of(digest).to_string(), format!("{digest}.wasm"));
        for object in [Object::of(digest), Object::unique(digest)] {
            assert_eq!(object.to_string().parse(), Ok(object));
            let marked = Object::marked(object.digest(), object.mark().as_deref());
            assert_eq!(marked, Some(object));
        }
        assert_ne!(Object::unique(digest), Object::unique(digest));
    }

    #[test]
    fn other_names_are_those_of_no_object() {
        let name = Object::of(Digest::of(b"abc")).to_string();
        let stem = name.trim_end_matches(".wasm");
        for other in [
            "README.txt",
            "../x.wasm",
            ".wasm",
            stem,
            &format!("{stem}-.wasm"),
        ] {
            assert!(other.parse::<Object>().is_err(), "{other}");
        }
    }
}
