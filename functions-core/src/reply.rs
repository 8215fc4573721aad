//! The answer that a result is written into.

use serde::Serialize;

use crate::error::FunctionError;

/// A buffer that a result is appended to, as JSON.
#[derive(Debug, Default)]
pub struct Reply(Vec<u8>);

impl Reply {
    pub(crate) fn new(buffer: Vec<u8>) -> Self {
        Self(buffer)
    }

    pub(crate) fn into_inner(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn write<T: Serialize>(mut self, value: &T) -> Result<Self, FunctionError> {
        match serde_json::to_writer(&mut self.0, value) {
            Ok(()) => Ok(self),
            Err(error) => Err(FunctionError::from(format!(
                "the result cannot be written as JSON: {error}"
            ))),
        }
    }
}
