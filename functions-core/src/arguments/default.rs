//! The default of an argument, shown as JSON where its type can be.

use serde::Serialize;
use serde_json::Value;

/// The default of an argument.
#[doc(hidden)]
pub struct DefaultOf<T>(pub fn() -> T);

/// Found on a `DefaultOf<T>` whose type serializes.
#[doc(hidden)]
pub trait ShownDefault {
    fn json(&self) -> Option<Value>;
}

impl<T: Serialize> ShownDefault for DefaultOf<T> {
    fn json(&self) -> Option<Value> {
        serde_json::to_value((self.0)()).ok()
    }
}

/// Found on every other `DefaultOf<T>`, one reference further away.
#[doc(hidden)]
pub trait HiddenDefault {
    fn json(&self) -> Option<Value>;
}

impl<T> HiddenDefault for &DefaultOf<T> {
    fn json(&self) -> Option<Value> {
        None
    }
}
