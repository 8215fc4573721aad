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

/// How many of a kind were found so far, over all sections, and how many there may be.
#[derive(Debug)]
pub(super) struct Tally {
    what: &'static str,
    found: u64,
    limit: u64,
}

impl Tally {
    pub(super) fn new(what: &'static str, limit: u64) -> Self {
        Self {
            what,
            found: 0,
            limit,
        }
    }

    /// Fails where it becomes more than allowed.
    pub(super) fn add(&mut self, more: impl TryInto<u64>) -> Result<(), Refusal> {
        self.found = self
            .found
            .saturating_add(more.try_into().unwrap_or(u64::MAX));
        within(self.what, self.found, self.limit)
    }

    pub(super) fn found(&self) -> u64 {
        self.found
    }
}
