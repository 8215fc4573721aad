//! Namespaces, and what holds for all topics of one.

use http::{Method, StatusCode};
use serde_json::json;

use super::{Admin, checked};

/// Which schemas a topic takes beside those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compatibility {
    /// Any.
    AlwaysCompatible,
    /// None.
    AlwaysIncompatible,
    /// One whose readers can read what the last one wrote.
    Backward,
    /// One that writes what readers of the last one can read.
    Forward,
    /// Both, which is what Pulsar has by itself.
    Full,
}

impl Admin {
    /// Makes a namespace, such as `platformq/acme`.
    pub async fn create_namespace(&self, namespace: &str) -> anyhow::Result<()> {
        self.make(&format!("namespaces/{namespace}"), None).await
    }

    /// Deletes a namespace with all that is in it, whoever uses it. A broker that refuses
    /// to do so at once is asked to delete one topic after the other, among which there
    /// may be new ones of those who still use it.
    pub async fn delete_namespace(&self, namespace: &str) -> anyhow::Result<()> {
        let path = format!("namespaces/{namespace}");
        let forced = format!("{path}?force=true");
        let answer = self.send(Method::DELETE, &forced, None).await?;
        if answer.status != StatusCode::METHOD_NOT_ALLOWED {
            return checked(Method::DELETE, &forced, answer).map(drop);
        }
        let short = |topic: &String| topic.replace("persistent://", "");
        for topic in self.partitioned_topics(namespace).await?.iter().map(short) {
            self.delete_partitioned_topic(&topic).await?;
        }
        for topic in self.topics(namespace).await?.iter().map(short) {
            self.delete_topic(&topic).await?;
        }
        self.delete(&path).await
    }

    /// The names of a tenant's namespaces, such as `platformq/acme`.
    pub async fn namespaces(&self, tenant: &str) -> anyhow::Result<Vec<String>> {
        self.names(&format!("namespaces/{tenant}")).await
    }

    /// Has the topics of a namespace take other schemas from now on.
    pub async fn set_compatibility(
        &self,
        namespace: &str,
        compatibility: Compatibility,
    ) -> anyhow::Result<()> {
        let path = format!("namespaces/{namespace}/schemaCompatibilityStrategy");
        let strategy = match compatibility {
            Compatibility::AlwaysCompatible => "ALWAYS_COMPATIBLE",
            Compatibility::AlwaysIncompatible => "ALWAYS_INCOMPATIBLE",
            Compatibility::Backward => "BACKWARD",
            Compatibility::Forward => "FORWARD",
            Compatibility::Full => "FULL",
        };
        self.done(Method::PUT, &path, Some(&json!(strategy))).await
    }
}
