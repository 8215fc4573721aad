//! Whose modules, requests and executions they are.
//!
//! A tenant is a name and nothing more: the host shares itself among tenants, and
//! who may speak for one is decided in front of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name of a tenant, in bytes.
const MAX_LENGTH: usize = 128;

/// The name of a tenant: 1 to 128 of the characters `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`.
///
/// ```
/// use functions_host::tenant::TenantId;
///
/// let tenant: TenantId = "acme-7".parse().unwrap();
/// assert_eq!(tenant.as_str(), "acme-7");
/// assert!("no spaces".parse::<TenantId>().is_err());
/// ```
///
/// Clones are cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

/// Why a text is no [`TenantId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTenant {
    /// The text is empty or too long.
    #[error("a tenant's name is {0} bytes long; 1 to {MAX_LENGTH} are allowed")]
    Length(usize),
    /// The text holds a character that no name holds.
    #[error("a tenant's name holds {0:?}; letters, digits, `.`, `_` and `-` are allowed")]
    Character(char),
}

impl TenantId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(InvalidTenant::Length(text.len()));
        }
        let strange = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        match text.chars().find(strange) {
            Some(strange) => Err(InvalidTenant::Character(strange)),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
