//! From rows to modules, and back.

use serde_json::Value as Json;

use super::database::Value;
use crate::modules::object::{Object, Root};
use crate::modules::{Digest, Module, ModulesError};
use crate::policy::{Faults, Grants, LimitSet};

/// The columns of a module, in their order.
pub(super) type Row = (
    String,
    Option<String>,
    Vec<u8>,
    Option<String>,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// The same in a statement.
macro_rules! columns {
    () => {
        "id, description, sha256, mark, size_bytes, abi, created_at, limits, grants, updated_at"
    };
}
pub(super) use columns;

pub(super) fn module(row: Row, root: &Root) -> Result<Module, ModulesError> {
    let (id, description, sha256, mark, size_bytes, abi, created_at, limits, grants, updated_at) =
        row;
    let wrong = |what: String| ModulesError::Row {
        id: id.clone(),
        what,
    };
    let sha256 = digest(&sha256).ok_or_else(|| wrong("its digest has not 32 bytes".into()))?;
    let object = Object::marked(sha256, mark.as_deref());
    let object = object.ok_or_else(|| wrong("its mark is no UUID".into()))?;
    let limits = read(limits, LimitSet::merge).map_err(wrong)?;
    let grants = read(grants, Grants::merge).map_err(wrong)?;
    Ok(Module {
        id: id.parse().map_err(|error| wrong(format!("{error}")))?,
        description,
        filepath: root.path(&object),
        created_at,
        sha256,
        size_bytes: u64::try_from(size_bytes).map_err(|error| wrong(error.to_string()))?,
        abi,
        limits,
        grants,
        updated_at,
        object,
    })
}

/// What of a module stands in a row as another text than its own.
pub(super) struct Stored {
    mark: Option<String>,
    limits: Option<String>,
    grants: Option<String>,
}

impl Stored {
    pub(super) fn of(module: &Module) -> Self {
        let limits = serde_json::to_string(&module.limits).unwrap_or_default();
        Self {
            mark: module.object.mark(),
            limits: (module.limits != LimitSet::default()).then_some(limits),
            grants: (!module.grants.is_empty()).then(|| module.grants.to_stored()),
        }
    }

    /// All columns of the module, in their order.
    pub(super) fn columns<'a>(&'a self, module: &'a Module) -> [Value<'a>; 10] {
        let size_bytes = i64::try_from(module.size_bytes).unwrap_or(i64::MAX);
        [
            Value::Text(module.id.as_str()),
            Value::Maybe(module.description.as_deref()),
            Value::Bytes(module.sha256.as_bytes()),
            Value::Maybe(self.mark.as_deref()),
            Value::Number(size_bytes),
            Value::Text(&module.abi),
            Value::Text(&module.created_at),
            Value::Maybe(self.limits.as_deref()),
            Value::Maybe(self.grants.as_deref()),
            Value::Maybe(module.updated_at.as_deref()),
        ]
    }
}

/// What is set or granted, which stands there as JSON.
fn read<T: Default>(
    text: Option<String>,
    merge: impl FnOnce(&mut T, &Json) -> Result<(), Faults>,
) -> Result<T, String> {
    let mut read = T::default();
    if let Some(text) = text {
        let value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        merge(&mut read, &value).map_err(|faults| faults.to_string())?;
    }
    Ok(read)
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    Some(bytes.into())
}
