//! Counting, and saying that there is too much.

use crate::engine::refusal::Refusal;

/// Fails where more is found than allowed.
pub(super) fn within(
    what: &'static str,
    found: impl TryInto<u64>,
    limit: u64,
) -> Result<(), Refusal> {
    let found = found.try_into().unwrap_or(u64::MAX);
    if found > limit {
        return Err(Refusal::Beyond { what, found, limit });
    }
    Ok(())
}

/// Adds to a count, and fails where it becomes more than allowed.
pub(super) fn add(
    count: &mut u64,
    more: impl TryInto<u64>,
    what: &'static str,
    limit: u64,
) -> Result<(), Refusal> {
    *count = count.saturating_add(more.try_into().unwrap_or(u64::MAX));
    within(what, *count, limit)
}
