//! Executions that are asked for.

use rusqlite::{Connection, Result, named_params};

use super::table;
use super::{Scope, Status, Summary};
use crate::tenant::TenantId;

/// How long a URI is at most that is told in a list, in bytes.
pub(super) const URI: usize = 2048;

/// Which executions are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Only those of this tenant.
    pub tenant: Option<TenantId>,
    /// Only those of this module.
    pub wasm_module_id: Option<String>,
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Only those asked for at this time or later, in microseconds since 1970.
    pub since: Option<i64>,
    /// Only those asked for before this time.
    pub until: Option<i64>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many at most.
    pub limit: u64,
}

/// Executions that were asked for.
#[derive(Clone, Debug)]
pub struct Listed {
    /// They, the newest first.
    pub executions: Vec<Summary>,
    /// How many there are of the kind asked for, with those left out.
    pub total: u64,
    /// Of whom they are.
    pub scope: Scope,
}

pub(super) fn list(db: &Connection, wanted: &Listing) -> Result<Listed> {
    let tenant = match wanted.tenant {
        // Said without a doubt, so that its index is used.
        Some(_) => "tenant = :tenant",
        None => ":tenant IS NULL",
    };
    let filter = format!(
        "{tenant} AND (:module IS NULL OR wasm_module_id = :module) \
         AND (:status IS NULL OR status = :status) \
         AND (:since IS NULL OR created_at >= :since) \
         AND (:until IS NULL OR created_at < :until)"
    );
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let tenant = wanted.tenant.as_ref().map(TenantId::as_str);
    let status = wanted.status.map(Status::as_str);
    // Both of one moment.
    let read = db.unchecked_transaction()?;
    let mut total =
        read.prepare_cached(&format!("SELECT count(*) FROM executions WHERE {filter}"))?;
    let total = total.query_row(
        named_params! {
            ":tenant": tenant,
            ":module": wanted.wasm_module_id,
            ":status": status,
            ":since": wanted.since,
            ":until": wanted.until,
        },
        |row| row.get(0),
    )?;
    let mut some = read.prepare_cached(&format!(
        "SELECT {}, CASE WHEN octet_length(asset_uri) <= {URI} THEN asset_uri END \
         FROM executions WHERE {filter} ORDER BY number DESC LIMIT :limit OFFSET :skip",
        table::SUMMARY
    ))?;
    let executions = some.query_map(
        named_params! {
            ":tenant": tenant,
            ":module": wanted.wasm_module_id,
            ":status": status,
            ":since": wanted.since,
            ":until": wanted.until,
            ":limit": number(wanted.limit),
            ":skip": number(wanted.skip),
        },
        table::summary,
    )?;
    let executions = executions.collect::<Result<_>>()?;
    Ok(Listed {
        executions,
        total,
        scope: Scope::All,
    })
}
