//! The container of a function, as far as the host has a say in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::options::{Options, Resources};
use super::quantity::Quantity;
use super::variable::SecretKey;

/// What a container is called.
const NAME: &str = "function";
/// What it is told of its deployment by.
const DEPLOYMENT: &str = "CRBR_DEPLOYMENT_ID";

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    pub(super) name: &'static str,
    pub(super) image: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) command: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) env: Vec<Variable>,
    pub(super) resources: Amounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) readiness_probe: Option<Probe>,
    pub(super) security_context: SecurityContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    termination_message_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) volume_mounts: Vec<Mount>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variable {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_from: Option<Source>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    secret_key_ref: Reference,
}

#[derive(Clone, Serialize)]
struct Reference {
    name: String,
    key: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Amounts {
    requests: BTreeMap<&'static str, String>,
    limits: BTreeMap<&'static str, String>,
}

/// Asks the port that the container listens on, whichever Knative gave it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Probe {
    http_get: HttpGet,
}

#[derive(Clone, Debug, Serialize)]
struct HttpGet {
    path: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityContext {
    allow_privilege_escalation: bool,
    capabilities: Capabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run_as_non_root: Option<bool>,
    seccomp_profile: SeccompProfile,
}

#[derive(Clone, Debug, Serialize)]
struct Capabilities {
    drop: [&'static str; 1],
}

#[derive(Clone, Debug, Serialize)]
struct SeccompProfile {
    r#type: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mount {
    pub(super) name: &'static str,
    pub(super) mount_path: &'static str,
    pub(super) read_only: bool,
}

impl Container {
    /// Of this image, which may do nothing that needs a privilege.
    pub(super) fn new(image: &str, options: &Options) -> Self {
        Self {
            name: NAME,
            image: image.to_owned(),
            command: Vec::new(),
            env: environment(options),
            resources: Amounts::of(&options.resources),
            readiness_probe: None,
            security_context: SecurityContext {
                allow_privilege_escalation: false,
                capabilities: Capabilities { drop: ["ALL"] },
                run_as_non_root: None,
                seccomp_profile: SeccompProfile {
                    r#type: "RuntimeDefault",
                },
            },
            termination_message_policy: None,
            volume_mounts: Vec::new(),
        }
    }

    /// What serves functions knows which deployment it is, unless somebody says another; it
    /// says when it is ready, and as its last words why it is not; and it needs no root.
    pub(super) fn serving(mut self, deployment: &str) -> Self {
        if !self.env.iter().any(|variable| variable.name == DEPLOYMENT) {
            self.env.push(Variable::plain(DEPLOYMENT, deployment));
        }
        let http_get = HttpGet { path: "/ready" };
        self.readiness_probe = Some(Probe { http_get });
        self.security_context.run_as_non_root = Some(true);
        self.termination_message_policy = Some("FallbackToLogsOnError");
        self
    }
}

fn environment(options: &Options) -> Vec<Variable> {
    let plain = options.environment.iter();
    let plain = plain.map(|(name, value)| Variable::plain(name.as_str(), value));
    let secret = options.secrets.iter();
    let secret = secret.map(|(name, key)| Variable::secret(name.as_str(), key));
    plain.chain(secret).collect()
}

impl Variable {
    fn plain(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            value_from: None,
        }
    }

    fn secret(name: &str, SecretKey { secret, key }: &SecretKey) -> Self {
        let (secret, key) = (secret.as_str().to_owned(), key.clone());
        Self {
            name: name.to_owned(),
            value: None,
            value_from: Some(Source {
                secret_key_ref: Reference { name: secret, key },
            }),
        }
    }
}

/// The name alone: a value may be a secret.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.name)
    }
}

impl Amounts {
    /// What is said of a resource stands alone: a default beside it might contradict it.
    fn of(said: &Resources) -> Self {
        let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
        for (name, request, limit, defaults) in [
            ("cpu", &said.cpu_request, &said.cpu_limit, ("100m", "1")),
            (
                "memory",
                &said.memory_request,
                &said.memory_limit,
                ("128Mi", "512Mi"),
            ),
        ] {
            let (request, limit) = match (request, limit) {
                (None, None) => (
                    Some(Quantity::new(defaults.0)),
                    Some(Quantity::new(defaults.1)),
                ),
                said => (said.0.clone(), said.1.clone()),
            };
            requests.extend(request.map(|request| (name, request.to_string())));
            limits.extend(limit.map(|limit| (name, limit.to_string())));
        }
        Self { requests, limits }
    }
}
