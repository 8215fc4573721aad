//! One thing that is asked of a cluster.

use std::time::Duration;

use tokio::time::timeout;

use super::error::ClusterError;
use super::namespace::Namespace;
use super::refusal::{meaning, sentence};

/// What is told where the words may hold a user's code.
const HIDDEN: &str = "(its words are not shown, since there may be code in them)";

/// One thing that is asked of a cluster.
pub(super) struct Call<'a> {
    pub(super) verb: &'static str,
    pub(super) what: &'static str,
    pub(super) name: &'a str,
    pub(super) namespace: &'a Namespace,
    /// Whether the object holds what nobody may be shown.
    pub(super) hides: bool,
}

impl<'a> Call<'a> {
    /// With a Service of Knative.
    pub(super) fn service(verb: &'static str, name: &'a str, namespace: &'a Namespace) -> Self {
        Self {
            verb,
            what: "services of Knative",
            name,
            namespace,
            hides: false,
        }
    }

    /// With a `ConfigMap` that holds the code of a function.
    pub(super) fn code(verb: &'static str, name: &'a str, namespace: &'a Namespace) -> Self {
        Self {
            verb,
            what: "config maps",
            name,
            namespace,
            hides: true,
        }
    }

    /// Waits for an answer, and no longer than this.
    ///
    /// # Errors
    /// What the cluster says, in the host's words.
    pub(super) async fn made<T>(
        &self,
        patience: Duration,
        asked: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, ClusterError> {
        match timeout(patience, asked).await {
            Ok(answer) => answer.map_err(|error| self.failed(error)),
            Err(_) => Err(ClusterError::TimedOut(patience)),
        }
    }

    pub(super) fn failed(&self, error: kube::Error) -> ClusterError {
        match error {
            kube::Error::Api(status) => meaning(self, &status),
            // Of what cannot be read only the place is told: the rest is the object.
            kube::Error::SerdeError(error) => {
                let (line, column) = (error.line(), error.column());
                ClusterError::Failed(format!("it is wrong at {line}:{column}"))
            }
            kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => {
                ClusterError::Unreachable(whole(&error))
            }
            // A command or a server that shows who the host is.
            kube::Error::Auth(_) => ClusterError::Unusable(whole(&error)),
            error => ClusterError::Failed(whole(&error)),
        }
    }

    /// What the cluster says, as far as it may be told.
    pub(super) fn told(&self, said: &str) -> String {
        match self.hides {
            true => HIDDEN.to_owned(),
            false => sentence(said),
        }
    }

    /// There is something else of this name.
    pub(super) fn taken(&self) -> ClusterError {
        ClusterError::Taken {
            name: self.name.to_owned(),
            namespace: self.namespace.clone(),
        }
    }
}

/// An error with all that is behind it: the cause is the last one.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let behind = std::iter::successors(error.source(), |error| error.source());
    let mut said = error.to_string();
    for error in behind.map(ToString::to_string) {
        if !said.ends_with(&error) {
            said.push_str(": ");
            said.push_str(&error);
        }
    }
    sentence(&said)
}
