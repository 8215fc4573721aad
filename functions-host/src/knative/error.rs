//! What goes wrong between the host and a cluster.

use std::time::Duration;

use super::namespace::Namespace;

/// What goes wrong between the host and a cluster.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Nothing says where a cluster is.
    #[error(
        "this host has no cluster: set KUBECONFIG to the path of a kubeconfig file, or run the \
         host in a cluster with a service account"
    )]
    None,
    /// What says where a cluster is cannot be used.
    #[error("the cluster cannot be used: {0}; see KUBECONFIG and FUNCTIONS_HOST_KUBE_CONTEXT")]
    Unusable(String),
    /// Nobody answers.
    #[error("the cluster cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the cluster has not answered within {0:?}")]
    TimedOut(Duration),
    /// The cluster has trouble, or too much to do.
    #[error("the cluster has too much to do, or has trouble of its own: {0}")]
    Busy(String),
    /// The cluster does not know who the host is.
    #[error("the cluster does not know this host; what it shows for itself is not valid")]
    Unauthorized,
    /// The host has no right to do this.
    #[error(
        "this host may not {verb} {what} in the namespace '{namespace}'; its operator has to let \
         it, as deploy/host/base/rbac.yaml does"
    )]
    Forbidden {
        /// What it tried to do.
        verb: &'static str,
        /// With what kind of object.
        what: &'static str,
        /// Where.
        namespace: Namespace,
    },
    /// A policy of the cluster is against it.
    #[error("the cluster does not allow this: {0}")]
    Denied(String),
    /// The namespace has no room for more.
    #[error("the namespace has no room for it: {0}")]
    Quota(String),
    /// Others have set the same fields to something else.
    #[error("{}", of_others(.0))]
    Conflict(Vec<FieldConflict>),
    /// There is something of this name that was not made here for this tenant.
    #[error(
        "'{name}' in the namespace '{namespace}' is not of this kind, or not this tenant's, and \
         stays as it is; take another name"
    )]
    Taken {
        /// What it is called.
        name: String,
        /// Where it is.
        namespace: Namespace,
    },
    /// It was changed or deleted by somebody else meanwhile.
    #[error("'{0}' was changed or deleted by somebody else meanwhile; look at it, and try again")]
    Changed(String),
    /// The cluster says what is wrong with an object.
    #[error("the cluster refuses it: {}", of_causes(.0))]
    Invalid(Vec<Cause>),
    /// The cluster refuses an object in its own words.
    #[error("the cluster refuses it: {0}")]
    Refused(String),
    /// The namespace is not there.
    #[error("there is no namespace '{0}' on the cluster; its operator has to make it")]
    NoNamespace(Namespace),
    /// Knative is not there.
    #[error("the cluster has no Knative Serving (serving.knative.dev/v1)")]
    NoKnative,
    /// The cluster says what nobody understands.
    #[error("the cluster has answered what cannot be understood: {0}")]
    Failed(String),
}

impl ClusterError {
    /// Whether it may be over when it is tried again.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::TimedOut(_) | Self::Busy(_)
        )
    }
}

/// A field that somebody else has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// Where it is in the object.
    pub field: String,
    /// Who has set it.
    pub manager: String,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where it is in the object; empty for the whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

fn of_others(conflicts: &[FieldConflict]) -> String {
    let fields: Vec<_> = conflicts
        .iter()
        .map(|FieldConflict { field, manager }| format!("{field} by {manager}"))
        .collect();
    let fields = fields.join(", ");
    format!("others have set fields that would change: {fields}; force takes them over")
}

fn of_causes(causes: &[Cause]) -> String {
    let causes = causes
        .iter()
        .map(|Cause { field, message }| match &**field {
            "" => message.clone(),
            field => format!("{field}: {message}"),
        });
    causes.collect::<Vec<_>>().join("; ")
}
