//! What topics are called.

use crate::bus::pulsar::words::MessageIdData;
use crate::tenant::TenantId;

/// Where requests lie.
const REQUESTS: &str = "wasm-function-execution-requests";

/// Where it is told what became of them.
const COMPLETIONS: &str = "function-execution-completed-events";

/// What sets a partition apart.
const PARTITION: &str = "-partition-";

/// The names of topics, each namespace of the tenant of Pulsar being a tenant of ours.
#[derive(Clone, Debug)]
pub(super) struct Names {
    tenant: String,
    subscription: String,
}

/// What a topic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Requests as they were written.
    Requests,
    /// Requests that wait for another attempt.
    Retries,
    /// Requests that were given up.
    Dead,
}

impl Names {
    pub(super) fn new(tenant: &str, subscription: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            subscription: subscription.to_owned(),
        }
    }

    pub(super) fn subscription(&self) -> &str {
        &self.subscription
    }

    pub(super) fn namespace(&self, of: &TenantId) -> String {
        format!("{}/{of}", self.tenant)
    }

    pub(super) fn requests(&self, of: &TenantId) -> String {
        format!("persistent://{}/{of}/{REQUESTS}", self.tenant)
    }

    pub(super) fn completions(&self, of: &TenantId) -> String {
        format!("persistent://{}/{of}/{COMPLETIONS}", self.tenant)
    }

    /// As the clients of other languages call it.
    pub(super) fn retries(&self, of: &TenantId) -> String {
        format!("{}-{}-RETRY", self.requests(of), self.subscription)
    }

    /// As the clients of other languages call it.
    pub(super) fn dead(&self, of: &TenantId) -> String {
        format!("{}-{}-DLQ", self.requests(of), self.subscription)
    }

    /// What a topic of a namespace holds, if it concerns us.
    pub(super) fn kind(&self, of: &TenantId, topic: &str) -> Option<Kind> {
        let whole = whole(topic);
        let kinds = [
            (Kind::Requests, self.requests(of)),
            (Kind::Retries, self.retries(of)),
            (Kind::Dead, self.dead(of)),
        ];
        let found = kinds.into_iter().find(|(_, name)| *name == whole);
        found.map(|(kind, _)| kind)
    }
}

/// The topic that a partition is one of; a topic that is none is its own.
pub(super) fn whole(topic: &str) -> &str {
    match topic.rsplit_once(PARTITION) {
        Some((whole, number)) if number.parse::<u32>().is_ok() => whole,
        _ => topic,
    }
}

pub(super) fn partition(topic: &str, number: u32) -> String {
    format!("{topic}{PARTITION}{number}")
}

/// The topics that a topic of so many partitions is made of; one of none is its own.
pub(super) fn parts(topic: &str, partitions: u32) -> Vec<String> {
    match partitions {
        0 => vec![topic.to_owned()],
        many => (0..many).map(|number| partition(topic, number)).collect(),
    }
}

/// An id of a message as text: ledger, entry, partition, and the place in a batch.
pub(super) fn text(id: &MessageIdData, index: Option<u32>) -> String {
    let (ledger, entry) = (id.ledger_id, id.entry_id);
    let partition = id.partition.unwrap_or(-1);
    match index {
        Some(index) => format!("{ledger}:{entry}:{partition}:{index}"),
        None => format!("{ledger}:{entry}:{partition}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Names, whole};

    #[test]
    fn topics_are_known_by_their_names_and_partitions_are_theirs() {
        let names = Names::new("platformq", "sub");
        let tenant = "acme".parse().unwrap();
        let requests = "persistent://platformq/acme/wasm-function-execution-requests";
        let kind = |topic: &str| names.kind(&tenant, topic);
        assert_eq!(kind(requests), Some(Kind::Requests));
        assert_eq!(
            kind(&format!("{requests}-partition-12")),
            Some(Kind::Requests)
        );
        assert_eq!(kind(&format!("{requests}-sub-RETRY")), Some(Kind::Retries));
        assert_eq!(kind(&format!("{requests}-sub-DLQ")), Some(Kind::Dead));
        assert_eq!(kind(&format!("{requests}-other-RETRY")), None);
        assert_eq!(kind(&format!("{requests}-partition-x")), None);
        assert_eq!(kind(&names.completions(&tenant)), None);
        assert_eq!(kind(&names.requests(&"other".parse().unwrap())), None);
        assert_eq!(whole("a-partition-1-partition-2"), "a-partition-1");
    }
}
