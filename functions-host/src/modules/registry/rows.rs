//! From rows to modules.

use serde_json::Value;

use super::{Digest, Module, ModulesError, Store};
use crate::policy::{Faults, Grants, LimitSet};

/// The columns that the statements below ask for, in their order.
pub(super) type Row = (
    String,
    Option<String>,
    Vec<u8>,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

pub(super) const ONE: &str = "SELECT id, description, sha256, size_bytes, abi, created_at, \
     limits, grants, updated_at \
     FROM modules WHERE id = ?";

/// Takes a text, a limit and an offset. Every id holds the empty text.
pub(super) const SOME: &str = "SELECT id, description, sha256, size_bytes, abi, created_at, \
     limits, grants, updated_at \
     FROM modules WHERE instr(lower(id), lower(?1)) OR instr(lower(description), lower(?1)) \
     ORDER BY id LIMIT ?2 OFFSET ?3";

/// Takes a text.
pub(super) const COUNT: &str = "SELECT count(*) \
     FROM modules WHERE instr(lower(id), lower(?1)) OR instr(lower(description), lower(?1))";

pub(super) fn module(row: Row, store: &Store) -> Result<Module, ModulesError> {
    let (id, description, sha256, size_bytes, abi, created_at, limits, grants, updated_at) = row;
    let wrong = |what: String| ModulesError::Row {
        id: id.clone(),
        what,
    };
    let sha256 = digest(&sha256).ok_or_else(|| wrong("its digest has not 32 bytes".into()))?;
    let limits = read(limits, LimitSet::merge).map_err(wrong)?;
    let grants = read(grants, Grants::merge).map_err(wrong)?;
    Ok(Module {
        id: id.parse().map_err(|error| wrong(format!("{error}")))?,
        description,
        filepath: store.path(sha256),
        created_at,
        sha256,
        size_bytes: u64::try_from(size_bytes).map_err(|error| wrong(error.to_string()))?,
        abi,
        limits,
        grants,
        updated_at,
    })
}

/// What is set or granted, which stands there as JSON.
fn read<T: Default>(
    text: Option<String>,
    merge: impl FnOnce(&mut T, &Value) -> Result<(), Faults>,
) -> Result<T, String> {
    let mut read = T::default();
    if let Some(text) = text {
        let value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        merge(&mut read, &value).map_err(|faults| faults.to_string())?;
    }
    Ok(read)
}

/// Limits, as they stand there.
pub(super) fn limits(limits: &LimitSet) -> Option<String> {
    let text = serde_json::to_string(limits).unwrap_or_default();
    (*limits != LimitSet::default()).then_some(text)
}

/// Grants, as they stand there.
pub(super) fn grants(grants: &Grants) -> Option<String> {
    (!grants.is_empty()).then(|| grants.to_stored())
}

pub(super) fn digest(bytes: &[u8]) -> Option<Digest> {
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    Some(bytes.into())
}
