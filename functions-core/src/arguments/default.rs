//! The default of an argument, shown as JSON where its type can be.

use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;

/// The default of an argument.
///
/// Its own `json` is there where the type serializes; everywhere else the one
/// that it dereferences to is found.
#[doc(hidden)]
pub struct DefaultOf<T>(pub fn() -> T);

impl<T: Serialize> DefaultOf<T> {
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::to_value((self.0)()).ok()
    }
}

impl<T> Deref for DefaultOf<T> {
    type Target = HiddenDefault;

    fn deref(&self) -> &HiddenDefault {
        &HiddenDefault
    }
}

/// A default that cannot be shown.
#[doc(hidden)]
pub struct HiddenDefault;

impl HiddenDefault {
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        None
    }
}
