//! Topics by names such as `platformq/acme/orders`, and their subscriptions.

use http::Method;
use serde_json::{Value, json};

use super::Admin;
use crate::pulsar::Backlog;

impl Admin {
    /// The topics of a namespace by their whole names, such as
    /// `persistent://platformq/acme/orders`. Each partition is one.
    pub async fn topics(&self, namespace: &str) -> anyhow::Result<Vec<String>> {
        self.names(&format!("persistent/{namespace}")).await
    }

    /// The partitioned topics of a namespace by their whole names.
    pub async fn partitioned_topics(&self, namespace: &str) -> anyhow::Result<Vec<String>> {
        self.names(&format!("persistent/{namespace}/partitioned"))
            .await
    }

    /// Makes a topic, such as `platformq/acme/orders`, without partitions.
    pub async fn create_topic(&self, topic: &str) -> anyhow::Result<()> {
        self.make(&format!("persistent/{topic}"), None).await
    }

    /// Makes a topic with so many partitions.
    pub async fn create_partitioned_topic(&self, topic: &str, count: u32) -> anyhow::Result<()> {
        let path = format!("persistent/{topic}/partitions");
        self.make(&path, Some(&json!(count))).await
    }

    /// Gives a topic more partitions, so that it has so many.
    pub async fn grow_partitions(&self, topic: &str, count: u32) -> anyhow::Result<()> {
        let path = format!("persistent/{topic}/partitions");
        self.done(Method::POST, &path, Some(&json!(count))).await
    }

    /// Has a topic close, clients and all, and open again for whoever looks for it.
    pub async fn unload_topic(&self, topic: &str) -> anyhow::Result<()> {
        let path = format!("persistent/{topic}/unload");
        self.done(Method::PUT, &path, None).await
    }

    /// Has a topic take no message any more.
    pub async fn terminate_topic(&self, topic: &str) -> anyhow::Result<()> {
        let path = format!("persistent/{topic}/terminate");
        self.done(Method::POST, &path, None).await
    }

    /// Deletes a topic without partitions, or one partition, whoever uses it.
    pub async fn delete_topic(&self, topic: &str) -> anyhow::Result<()> {
        self.delete(&format!("persistent/{topic}?force=true")).await
    }

    /// Deletes a topic with all its partitions, whoever uses it.
    pub async fn delete_partitioned_topic(&self, topic: &str) -> anyhow::Result<()> {
        self.delete(&format!("persistent/{topic}/partitions?force=true"))
            .await
    }

    /// Makes a subscription of a topic that begins with the oldest message.
    pub async fn create_subscription(&self, topic: &str, name: &str) -> anyhow::Result<()> {
        let earliest = json!({"ledgerId": -1, "entryId": -1});
        let path = format!("persistent/{topic}/subscription/{name}");
        self.make(&path, Some(&earliest)).await
    }

    /// What a broker knows of a topic without partitions, or of one partition.
    pub async fn stats(&self, topic: &str) -> anyhow::Result<Value> {
        let options = "getPreciseBacklog=true&subscriptionBacklogSize=false";
        self.get(&format!("persistent/{topic}/stats?{options}"))
            .await
    }

    /// What a broker knows of a topic with partitions, added up.
    pub async fn partitioned_stats(&self, topic: &str) -> anyhow::Result<Value> {
        let options = "getPreciseBacklog=true&subscriptionBacklogSize=false";
        let path = format!("persistent/{topic}/partitioned-stats?{options}");
        self.get(&path).await
    }

    /// What waits in a subscription of a topic without partitions, or of one partition.
    pub async fn backlog(&self, topic: &str, subscription: &str) -> anyhow::Result<Backlog> {
        Backlog::of(&self.stats(topic).await?, subscription)
    }

    /// The same of a topic with partitions, added up.
    pub async fn partitioned_backlog(
        &self,
        topic: &str,
        subscription: &str,
    ) -> anyhow::Result<Backlog> {
        Backlog::of(&self.partitioned_stats(topic).await?, subscription)
    }
}
