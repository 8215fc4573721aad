//! The credentials of a client.

use std::path::Path;

use serde::Deserialize;

use super::{KEY_FILE, read};
use crate::bus::pulsar::authentication::AuthenticationError;

/// What Pulsar's tools write into a key file.
#[derive(Deserialize)]
pub(super) struct KeyFile {
    r#type: Option<String>,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) issuer_url: Option<String>,
}

impl KeyFile {
    pub(super) async fn read(path: &Path) -> Result<Self, AuthenticationError> {
        let bytes = read(path, KEY_FILE).await?;
        let wrong = |what: &str| AuthenticationError::File {
            setting: KEY_FILE,
            path: path.to_owned(),
            what: what.to_owned(),
        };
        // What its reader says is wrong with it may quote it.
        let key: Self = serde_json::from_slice(&bytes).map_err(|_| {
            wrong("is no JSON object with texts under `client_id` and `client_secret`")
        })?;
        match key.r#type.as_deref() {
            None | Some("client_credentials") => Ok(key),
            Some(_) => Err(wrong("has another `type` than `client_credentials`")),
        }
    }
}
