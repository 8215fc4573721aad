//! What is known of a function on a cluster.

use serde::Serialize;

use super::deployment::Kind;
use super::manifests::DIGEST;
use super::owner::DEPLOYMENT;
use super::seen::Seen;
use crate::cut::cut;

/// How much is told of why something is not ready, in characters.
const REASON: usize = 2000;

/// A function on a cluster, or a function server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// What it is called, where it is no server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_name: Option<String>,
    /// The id of its deployment, where it is a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Where it is.
    pub namespace: String,
    /// What its Service is called.
    pub service: String,
    /// The image that runs it.
    pub image: Option<String>,
    /// The SHA-256 digest of its code, where it has some.
    pub code_sha256: Option<String>,
    /// Where it can be called, once Knative has said so.
    pub url: Option<String>,
    /// The revision that was ready last, which is the one that answers.
    pub revision: Option<String>,
    /// The revision that was made last.
    pub latest_revision: Option<String>,
    /// How far it has come.
    pub status: State,
    /// Whether what was deployed last is what answers.
    pub ready: bool,
    /// Why it is not ready.
    pub reason: Option<String>,
    /// When it was deployed first (RFC 3339).
    pub created_at: Option<String>,
}

/// How far a function has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// What was deployed last answers.
    Ready,
    /// It is on its way.
    Deploying,
    /// Knative says that it does not come up as it is. It goes on trying.
    Failed,
}

/// What became of a deployment.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// What is there now.
    pub function: Function,
    /// Whether nothing of this name was there before.
    pub created: bool,
}

/// A part of all functions.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Those that were asked for, by name.
    pub functions: Vec<Function>,
    /// How many there are, with those left out.
    pub total: u64,
}

/// What was deleted: the kinds and names of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Each as `Service/resize`.
    pub objects: Vec<String>,
}

impl Function {
    pub(super) fn new(kind: Kind, seen: &Seen) -> Self {
        let meta = &seen.metadata;
        let service = meta.name.clone().unwrap_or_default();
        let (function_name, deployment_id) = match kind {
            Kind::Server => (
                None,
                meta.labels
                    .as_ref()
                    .and_then(|all| all.get(DEPLOYMENT).cloned()),
            ),
            Kind::Python | Kind::Wasm => (Some(service.clone()), None),
        };
        let (status, reason) = state(seen);
        Self {
            function_name,
            deployment_id,
            kind,
            namespace: meta.namespace.clone().unwrap_or_default(),
            service,
            image: seen.image(),
            code_sha256: seen.annotation(DIGEST),
            url: seen.status.url.clone(),
            revision: seen.status.latest_ready_revision_name.clone(),
            latest_revision: seen.status.latest_created_revision_name.clone(),
            status,
            ready: status == State::Ready,
            reason,
            created_at: meta
                .creation_timestamp
                .as_ref()
                .map(|time| time.0.to_string()),
        }
    }
}

fn state(seen: &Seen) -> (State, Option<String>) {
    if seen.metadata.deletion_timestamp.is_some() {
        return (State::Deploying, Some("It is being deleted".to_owned()));
    }
    let Some(condition) = seen.readiness() else {
        let reason = "Knative has not looked at it yet".to_owned();
        return (State::Deploying, Some(reason));
    };
    let said = [condition.reason.as_deref(), condition.message.as_deref()];
    let said: Vec<_> = said
        .into_iter()
        .flatten()
        .filter(|said| !said.is_empty())
        .collect();
    let reason = match said.is_empty() {
        true => "Knative does not say why".to_owned(),
        false => cut(&said.join(": "), REASON).into_owned(),
    };
    match &*condition.status {
        "True" => (State::Ready, None),
        "False" => (State::Failed, Some(reason)),
        _ => (State::Deploying, Some(reason)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Function, Kind, State};

    fn told(status: Value) -> (State, Option<String>) {
        let seen = json!({
            "metadata": {"name": "resize", "generation": 2},
            "status": status,
        });
        let function = Function::new(Kind::Wasm, &serde_json::from_value(seen).unwrap());
        assert_eq!(function.ready, function.status == State::Ready);
        (function.status, function.reason)
    }

    fn ready(observed: i64, status: &str) -> Value {
        let reason = "RevisionFailed";
        let conditions = json!([
            {"type": "RoutesReady", "status": "False", "reason": "Other"},
            {"type": "Ready", "status": status, "reason": reason, "message": "no such image"},
        ]);
        json!({"observedGeneration": observed, "conditions": conditions})
    }

    #[test]
    fn it_is_ready_when_what_was_deployed_last_is() {
        let reason = Some("RevisionFailed: no such image".to_owned());
        assert_eq!(told(ready(2, "True")), (State::Ready, None));
        assert_eq!(told(ready(2, "False")), (State::Failed, reason.clone()));
        assert_eq!(told(ready(2, "Unknown")), (State::Deploying, reason));
        for old in [ready(1, "True"), ready(1, "False"), json!({})] {
            let (state, reason) = told(old);
            assert_eq!(state, State::Deploying);
            assert_eq!(reason.unwrap(), "Knative has not looked at it yet");
        }
    }
}
