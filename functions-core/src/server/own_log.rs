//! The log of a server, where its program has none of its own.

use std::io::IsTerminal as _;

use super::{Error, Result};
use crate::config::{Config, LogFormat};
use crate::service::logs::{self, Format, Guard, Options};

/// Writes the log until it is dropped.
#[derive(Debug)]
pub(super) struct OwnLog {
    pub(super) format: Format,
    _guard: Guard,
}

impl OwnLog {
    /// `None` where the program has a subscriber: it keeps that one.
    pub(super) fn begin(config: &Config) -> Result<Option<Self>> {
        let format = match config.log_format {
            Some(LogFormat::Json) => Format::Json,
            Some(LogFormat::Bunyan) => Format::Bunyan,
            Some(LogFormat::Text) => Format::Text,
            None if std::io::stdout().is_terminal() => Format::Text,
            None => Format::Json,
        };
        let options = Options {
            level: config.log_level.into(),
            http_level: config.http_log_level.into(),
            format: Some(format),
            name: config.deployment_id.clone(),
            fields: vec![("deployment_id", config.deployment_id.clone())],
            ..Options::default()
        };
        let guard = logs::init(&options).map_err(|source| Error::System {
            what: "start the thread of the log",
            source,
        })?;
        Ok(guard.map(|_guard| Self { format, _guard }))
    }
}
