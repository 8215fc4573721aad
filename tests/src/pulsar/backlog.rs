//! What waits in a subscription.

use anyhow::Context;
use serde_json::Value;

/// How much a subscription has before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Entries that are not acknowledged, whether they were delivered or not. A batch is
    /// one.
    pub entries: u64,
    /// Messages that were delivered and are not acknowledged.
    pub unacknowledged: u64,
    /// Those who consume it.
    pub consumers: usize,
}

impl Backlog {
    /// Reads it out of what a broker knows of a topic.
    pub(super) fn of(stats: &Value, subscription: &str) -> anyhow::Result<Self> {
        let found = &stats["subscriptions"][subscription];
        let count = |name: &str| {
            let count = found[name].as_u64();
            count.with_context(|| format!("there is no {name} of {subscription:?} in {stats}"))
        };
        Ok(Self {
            entries: count("msgBacklog")?,
            unacknowledged: count("unackedMessages")?,
            consumers: found["consumers"].as_array().map_or(0, Vec::len),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Backlog;
    use serde_json::json;

    #[test]
    fn a_subscription_that_is_not_there_is_named() {
        let stats = json!({"subscriptions": {
            "ours": {"msgBacklog": 7, "unackedMessages": 2, "consumers": [{}]},
        }});
        let ours = Backlog {
            entries: 7,
            unacknowledged: 2,
            consumers: 1,
        };
        assert_eq!(Backlog::of(&stats, "ours").unwrap(), ours);
        let error = Backlog::of(&stats, "theirs").unwrap_err().to_string();
        assert!(error.contains("\"theirs\""), "{error}");
    }
}
