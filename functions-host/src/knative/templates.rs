//! What every function of a kind is made with, as the operator says.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;

use super::image::Image;

/// What every function of a kind is made with.
#[derive(Clone, Debug)]
pub struct Templates {
    /// The image that runs code in Python, which is mounted at `/app/src`.
    pub python_image: Image,
    /// Annotations of revisions with a WASM module.
    pub wasm_annotations: BTreeMap<String, String>,
    /// The runtime class of their pods; nothing for that of the cluster.
    pub wasm_runtime_class: Option<String>,
    /// The taints of nodes that they may run on.
    pub wasm_tolerations: Vec<Toleration>,
    /// The command in their images; nothing for that of the image.
    pub wasm_command: Vec<String>,
}

/// A taint of nodes that does not keep a pod away: `KEY=VALUE:EFFECT`, or `KEY:EFFECT` for
/// every value.
///
/// ```
/// use functions_host::knative::Toleration;
///
/// assert!("workload.gke.io/type=wasm:NoSchedule".parse::<Toleration>().is_ok());
/// assert!("workload.gke.io/type=wasm".parse::<Toleration>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Toleration {
    effect: &'static str,
    key: String,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// Why a text is no [`Toleration`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no toleration; one is like KEY=VALUE:EFFECT with the effect NoSchedule, \
     PreferNoSchedule or NoExecute"
)]
pub struct InvalidToleration;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

impl FromStr for Toleration {
    type Err = InvalidToleration;

    fn from_str(text: &str) -> Result<Self, InvalidToleration> {
        let (taint, effect) = text.rsplit_once(':').ok_or(InvalidToleration)?;
        let mut effects = EFFECTS.into_iter();
        let effect = effects.find(|known| *known == effect);
        let (key, value) = match taint.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (taint, None),
        };
        let usual = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let valid = !key.is_empty()
            && key.chars().all(usual)
            && value.iter().all(|value| value.chars().all(usual));
        match effect.filter(|_| valid) {
            Some(effect) => Ok(Self {
                effect,
                key: key.to_owned(),
                operator: if value.is_some() { "Equal" } else { "Exists" },
                value,
            }),
            None => Err(InvalidToleration),
        }
    }
}
