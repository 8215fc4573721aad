//! Which executions a caller asks for.

use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use crate::api::invalid::Invalid;
use crate::api::query::{MOST, parsed, part};
use crate::executions::{Listing, Status};

/// The form of a time.
const TIME: &str = "a time in UTC, such as 2026-01-01T12:00:00Z";

pub(super) fn read(pairs: &HashMap<String, String>) -> Result<Listing, Invalid> {
    let part = part(pairs, MOST);
    let tenant = parsed(pairs, "tenant_id", "the name of a tenant", |text| {
        text.parse().ok()
    });
    let status = parsed(
        pairs,
        "status",
        "queued, running, succeeded or failed",
        |text| {
            Status::ALL
                .into_iter()
                .find(|status| status.as_str() == text)
        },
    );
    let since = parsed(pairs, "since", TIME, micros);
    let until = parsed(pairs, "until", TIME, micros);
    match (part, tenant, status, since, until) {
        (Ok((skip, limit)), Ok(tenant), Ok(status), Ok(since), Ok(until)) => Ok(Listing {
            tenant,
            wasm_module_id: pairs
                .get("wasm_module_id")
                .filter(|id| !id.is_empty())
                .cloned(),
            status,
            since,
            until,
            skip,
            limit,
        }),
        (part, tenant, status, since, until) => {
            let faults = [
                part.err(),
                tenant.err(),
                status.err(),
                since.err(),
                until.err(),
            ];
            Err(Invalid::all(faults).unwrap_or_default())
        }
    }
}

/// Microseconds since 1970.
fn micros(text: &str) -> Option<i64> {
    let time = humantime::parse_rfc3339(text).ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}
