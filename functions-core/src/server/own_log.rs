//! The log of a server, where its program has none of its own.

use super::{Error, Result};
use crate::config::{Config, LogFormat};
use crate::service::logs::{self, Format, Guard, Options};

impl From<LogFormat> for Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Json => Self::Json,
            LogFormat::Bunyan => Self::Bunyan,
            LogFormat::Text => Self::Text,
        }
    }
}

/// Writes the log until it is dropped.
#[derive(Debug)]
pub(super) struct OwnLog {
    pub(super) format: Format,
    _guard: Guard,
}

impl OwnLog {
    /// `None` where the program has a subscriber: it keeps that one.
    pub(super) fn begin(config: &Config) -> Result<Option<Self>> {
        let options = Options {
            level: config.log_level.into(),
            http_level: config.http_log_level.into(),
            format: config.log_format.map(Format::from),
            name: config.deployment_id.clone(),
            fields: vec![("deployment_id", config.deployment_id.clone())],
            ..Options::default()
        };
        let format = options.format();
        let guard = logs::init(&options).map_err(|source| Error::System {
            what: "start the thread of the log",
            source,
        })?;
        Ok(guard.map(|_guard| Self { format, _guard }))
    }
}
