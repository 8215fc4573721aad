//! What an image says of how it is run.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The part of an image's configuration that whoever runs it goes by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    /// Who runs it: `USER:GROUP`.
    pub user: String,
    /// What is run.
    pub entrypoint: Vec<String>,
    /// More arguments of that.
    pub cmd: Vec<String>,
    /// Its variables, as `NAME=VALUE`.
    pub env: Vec<String>,
    /// Where it runs.
    pub working_dir: String,
    /// The ports on which it listens, as `8000/tcp`.
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    /// Where it writes.
    pub volumes: BTreeMap<String, serde_json::Value>,
}

impl ImageConfig {
    pub(super) fn read(image: &str) -> Self {
        #[derive(Deserialize)]
        struct Inspected {
            #[serde(rename = "OCIv1")]
            image: Described,
        }
        #[derive(Deserialize)]
        struct Described {
            config: ImageConfig,
        }
        let inspected: Inspected = serde_json::from_str(image).expect("an image is described");
        inspected.image.config
    }
}
