//! What is asked for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use crate::tenant::TenantId;

/// The longest id, in bytes.
const MAX_LENGTH: usize = 255;

/// The wish that a module is run on an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is known by: a request that comes twice is one request.
    pub id: RequestId,
    /// Whose wish it is.
    pub tenant: TenantId,
    /// What the tenant calls the asset.
    pub asset_id: String,
    /// Where the asset is; what was sent along is in a `data:` URI.
    pub asset_uri: String,
    /// The module to run, as it was written: there may be none of that name.
    pub wasm_module_id: String,
    /// When it was wished for, in milliseconds since 1970.
    pub event_timestamp: i64,
    /// The request that this one is another try of.
    pub repeats: Option<RequestId>,
    /// What is wrong with it, where that was seen on its way: nobody is to carry it out.
    pub flaw: Option<String>,
}

/// The id of a request, unique within its tenant: 1 to 255 visible characters of ASCII.
///
/// ```
/// use functions_host::bus::RequestId;
///
/// let id: RequestId = "order-17/scan".parse().unwrap();
/// assert_eq!(id.as_str(), "order-17/scan");
/// assert!("two words".parse::<RequestId>().is_err());
/// ```
///
/// Clones are cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(Arc<str>);

/// Why a text is no [`RequestId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequestId {
    /// The text is empty or too long.
    #[error("the id of a request has 1 to {MAX_LENGTH} characters, and this has {0} bytes")]
    Length(usize),
    /// The text holds a character that no id holds.
    #[error("the id of a request has visible characters of ASCII, and this has {0:?}")]
    Character(char),
}

impl RequestId {
    /// An id that nobody has: a version 7 UUID.
    #[must_use]
    pub fn unique() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(InvalidRequestId::Length(text.len()));
        }
        match text.chars().find(|c| !c.is_ascii_graphic()) {
            Some(strange) => Err(InvalidRequestId::Character(strange)),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
