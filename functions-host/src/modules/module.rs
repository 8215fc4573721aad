//! What is known of a module.

use serde::Serialize;

use super::object::Object;
use super::{Digest, ModuleId};
use crate::policy::{Grants, LimitSet};

/// What is known of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Module {
    /// What it is called.
    pub id: ModuleId,
    /// What it is for, in the words of whoever handed it over.
    pub description: Option<String>,
    /// Where its bytes lie: the path of a file, or a URL with `s3`.
    pub filepath: String,
    /// When it was handed over: RFC 3339, UTC, microseconds.
    pub created_at: String,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// How to talk to it, as the engine calls that.
    pub abi: String,
    /// The limits it brings along, which lower what its tenants have.
    pub limits: LimitSet,
    /// What it is granted.
    pub grants: Grants,
    /// When its [`Terms`] were changed the last time, as `created_at`.
    pub updated_at: Option<String>,
    /// What its bytes are called where they are kept.
    #[serde(skip)]
    pub(super) object: Object,
}

/// What is said of a module that is to be.
#[derive(Clone, Debug)]
pub struct NewModule {
    /// What it is to be called.
    pub id: ModuleId,
    /// How to talk to it.
    pub abi: String,
    /// The rest.
    pub terms: Terms,
}

/// What is said of a module by whoever hands it over, and can be said anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What it is for. No text with the character NUL can be kept by every database.
    pub description: Option<String>,
    /// The limits it brings along.
    pub limits: LimitSet,
    /// What it is granted.
    pub grants: Grants,
}

impl Module {
    /// What is said of it at present.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            description: self.description.clone(),
            limits: self.limits.clone(),
            grants: self.grants.clone(),
        }
    }
}

/// Which modules are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many at most.
    pub limit: u64,
    /// Only those whose id or description holds this text; upper and lower case are the
    /// same for the letters of ASCII.
    pub text: Option<String>,
}

/// Modules that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// They, in the order of their ids.
    pub modules: Vec<Module>,
    /// How many there are of the kind asked for, with those left out.
    pub total: u64,
}

/// A module that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// What was known of it.
    pub module: Module,
    /// Whether its bytes are gone too, since no other module has the same.
    pub was_last: bool,
}
