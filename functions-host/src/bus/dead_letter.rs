//! Requests that were given up.

use std::fmt;
use std::sync::Arc;

use super::Request;
use crate::tenant::TenantId;

/// A request that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is known by.
    pub id: DeadLetterId,
    /// The request.
    pub request: Request,
    /// Why it was given up.
    pub reason: String,
    /// How many times it was delivered.
    pub attempts: u32,
    /// When it was given up, in milliseconds since 1970.
    pub died_at: i64,
}

/// What a dead letter is known by, as its bus writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterId(Arc<str>);

/// Which dead letters are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadListing {
    /// Only those of this tenant.
    pub tenant: Option<TenantId>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many at most.
    pub limit: u64,
}

/// Dead letters that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetters {
    /// They, the newest first. A URI that is longer than [`DeadLetters::URI`] is cut: the
    /// letter itself has it whole.
    pub letters: Vec<DeadLetter>,
    /// How many there are of the kind asked for, with those left out.
    pub total: u64,
}

impl DeadLetters {
    /// How many characters of a URI are told where many letters are.
    pub const URI: usize = 2048;
}

impl DeadLetterId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for DeadLetterId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
