//! What is told of a deployment, and of its end.

use serde::Serialize;

use crate::knative::{Deployed, Function, Namespace, Removed};

/// What is told of a deployment.
#[derive(Serialize)]
pub(super) struct Answer {
    message: &'static str,
    /// Whether nothing of this name was there before.
    created: bool,
    #[serde(flatten)]
    function: Function,
}

impl Answer {
    pub(super) fn new(message: &'static str, deployed: Deployed) -> Self {
        Self {
            message,
            created: deployed.created,
            function: deployed.function,
        }
    }

    /// Where it can be looked up.
    pub(super) fn path(&self) -> String {
        match (&self.function.deployment_id, &self.function.function_name) {
            (Some(id), _) => format!("/api/v1/function-servers/{id}"),
            (None, name) => format!("/api/v1/functions/{}", name.as_deref().unwrap_or_default()),
        }
    }
}

/// What is told of what is gone.
#[derive(Serialize)]
pub(super) struct Gone {
    message: &'static str,
    namespace: String,
    /// Kinds and names of objects.
    deleted: Vec<String>,
}

impl Gone {
    pub(super) fn new(namespace: &Namespace, removed: Removed) -> Self {
        Self {
            message: "Deleted.",
            namespace: namespace.to_string(),
            deleted: removed.objects,
        }
    }
}
