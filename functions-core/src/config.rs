//! The environment, read once, into types.
//!
//! One definition, [`Config`], is the source of everything: what is read, what it
//! defaults to, what an error calls allowed, the help text ([`help`]) and the
//! README's table ([`markdown`]). The words come from the doc comments of the
//! fields: a paragraph that starts with `Allowed:` says what a value may be, one
//! that starts with `Default:` says what holds where nothing is set, and a
//! paragraph that is just `Secret.` keeps a value out of every message. A group of
//! variables that belong together is a struct of its own, as a
//! `#[config(nested)]` field.
//!
//! A value comes from the environment, else from `.env`, else from code, else from
//! the default. `.env` is read and never loaded into the process environment,
//! which other threads may be reading at that moment. Whatever cannot be
//! understood stops the start, all of it told at once, a line each.

mod dotenv;
mod environment;
mod error;
mod events;
mod origins;
mod rabbitmq;
mod rows;
mod secret;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod values;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use confique::Layer as _;

pub use error::{ConfigError, Fault};
pub use events::{EventFormat, EventsConfig};
pub use origins::{CorsOrigins, InvalidOrigin, Origin};
pub use rabbitmq::RabbitMqConfig;
pub use secret::Secret;
pub use values::{LogFormat, LogLevel, UnknownWord};

/// What Knative sets for all that it runs.
const KNATIVE: &str = "K_SERVICE";

/// Its proxies hear of an end within a second or two.
const DELAY_ON_KNATIVE: Duration = Duration::from_secs(3);

/// What was set in code: every field of [`Config`], each optional.
///
/// `Layer::default()` sets nothing.
pub type Layer = <Config as confique::Config>::Layer;

/// What a server is told from outside.
#[derive(Clone, Debug, PartialEq, confique::Config)]
#[config(layer_attr(derive(Clone, Debug, Default)))]
#[non_exhaustive]
pub struct Config {
    /// Identifier of the deployment, in answers and in every log line.
    ///
    /// Allowed: any text.
    #[config(env = "CRBR_DEPLOYMENT_ID", default = "local-dev")]
    pub deployment_id: String,

    /// Address to listen on.
    ///
    /// Allowed: an IP address, without brackets, or a host name.
    #[config(env = "CRBR_FUNCTIONS_HOST", default = "0.0.0.0", validate = values::is_host)]
    pub host: String,

    /// Port to listen on; `0` takes a free one. Knative sets `PORT`.
    ///
    /// Allowed: a whole number from 0 to 65535.
    #[config(env = "CRBR_FUNCTIONS_PORT", default = 8000)]
    pub port: u16,

    /// Deadline of a function that has none of its own, in seconds.
    ///
    /// Allowed: seconds above 0, at most 31536000; decimals are fine.
    #[config(
        env = "CRBR_FUNCTIONS_TIMEOUT",
        default = 30,
        deserialize_with = values::seconds,
        validate = values::is_deadline
    )]
    pub timeout: Duration,

    /// Highest deadline, in seconds, whatever a function or the default asks for.
    ///
    /// Allowed: seconds above 0, at most 31536000; decimals are fine.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_TIMEOUT",
        default = 300,
        deserialize_with = values::seconds,
        validate = values::is_deadline
    )]
    pub max_timeout: Duration,

    /// Least level of a line that is logged.
    ///
    /// Allowed: DEBUG, INFO, WARNING or ERROR, in any case; TRACE and CRITICAL as well.
    #[config(env = "CRBR_FUNCTIONS_LOG_LEVEL", default = "INFO")]
    pub log_level: LogLevel,

    /// Least level of a line of the HTTP layer.
    ///
    /// Allowed: TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL, in any case.
    #[config(env = "CRBR_UVICORN_LOG_LEVEL", default = "INFO")]
    pub http_log_level: LogLevel,

    /// How log lines look: one JSON object a line, the same in Bunyan's words, or
    /// text for people.
    ///
    /// Allowed: json, bunyan or text, in any case.
    ///
    /// Default: `text` on a terminal, else `json`.
    #[config(env = "CRBR_FUNCTIONS_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Largest body of a request, in bytes. A larger one is answered with 413.
    ///
    /// Allowed: a whole number from 1 to 9007199254740991.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_BODY_BYTES",
        default = 10485760,
        validate = values::is_size
    )]
    pub max_body_bytes: usize,

    /// Largest head of a request, in bytes: its first line and headers.
    ///
    /// Allowed: a whole number from 8192 to 16777216.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_HEADER_BYTES",
        default = 65536,
        validate = values::is_header_size
    )]
    pub max_header_bytes: usize,

    /// How long the head of a request may take to come in, and how long a
    /// connection may idle between requests, in seconds.
    ///
    /// Allowed: seconds above 0, at most 31536000; decimals are fine.
    #[config(
        env = "CRBR_FUNCTIONS_HEADER_TIMEOUT",
        default = 30,
        deserialize_with = values::seconds,
        validate = values::is_deadline
    )]
    pub header_timeout: Duration,

    /// How long the body of a request may take to come in, in seconds.
    ///
    /// Allowed: seconds above 0, at most 31536000; decimals are fine.
    #[config(
        env = "CRBR_FUNCTIONS_BODY_TIMEOUT",
        default = 30,
        deserialize_with = values::seconds,
        validate = values::is_deadline
    )]
    pub body_timeout: Duration,

    /// How many connections are open at once. More wait to be accepted.
    ///
    /// Allowed: a whole number from 1 to 4294967295.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_CONNECTIONS",
        default = 16384,
        validate = values::is_count
    )]
    pub max_connections: usize,

    /// How many executions run at once.
    ///
    /// Allowed: a whole number from 1 to 4294967295.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_CONCURRENCY",
        default = 1024,
        validate = values::is_count
    )]
    pub max_concurrency: usize,

    /// How many more executions wait for their turn. One more than that is
    /// answered with 503.
    ///
    /// Allowed: a whole number from 0 to 4294967295.
    #[config(
        env = "CRBR_FUNCTIONS_MAX_QUEUE",
        default = 1024,
        validate = values::is_count_or_none
    )]
    pub max_queue: usize,

    /// How long callers are still let in once the server is told to stop, in seconds,
    /// since whoever sends them may hear of it late.
    ///
    /// Allowed: seconds from 0 to 31536000; decimals are fine.
    ///
    /// Default: `3` where Knative runs the server, which sets `K_SERVICE`, else `0`.
    #[config(
        env = "CRBR_FUNCTIONS_SHUTDOWN_DELAY",
        default = 0,
        deserialize_with = values::seconds,
        validate = values::is_span
    )]
    pub shutdown_delay: Duration,

    /// How long running executions may still take once the server is told to
    /// stop, and lets nobody in any more, in seconds.
    ///
    /// Allowed: seconds from 0 to 31536000; decimals are fine.
    #[config(
        env = "CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT",
        default = 25,
        deserialize_with = values::seconds,
        validate = values::is_span
    )]
    pub shutdown_timeout: Duration,

    /// Threads that run functions.
    ///
    /// Allowed: a whole number from 1 to 1024.
    ///
    /// Default: one for each processor.
    #[config(env = "CRBR_FUNCTIONS_WORKERS", validate = values::is_thread_count)]
    pub workers: Option<usize>,

    /// Origins whose pages may call the server from a browser (CORS).
    ///
    /// Allowed: `*`, or origins like `https://example.com` or
    /// `http://localhost:3000`, separated by commas.
    ///
    /// Default: none.
    #[config(env = "CRBR_FUNCTIONS_CORS_ORIGINS")]
    pub cors_origins: Option<CorsOrigins>,

    /// Whether the server shows its documentation: `/docs` and `/openapi.json`.
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_FUNCTIONS_DOCS", default = true)]
    pub docs: bool,

    /// The broker that events are published on.
    #[config(nested)]
    pub rabbitmq: RabbitMqConfig,

    /// What is published.
    #[config(nested)]
    pub events: EventsConfig,

    /// Print all functions with their schemas as JSON, and exit.
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_FUNCTIONS_DESCRIBE", default = false)]
    pub describe: bool,

    /// Print this list, and exit.
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_FUNCTIONS_HELP", default = false)]
    pub help: bool,

    /// What looks like a mistake and stops nothing, a sentence each: variables with
    /// this server's prefixes that it does not know, and a broker that is configured
    /// by half. For the log, once there is one.
    #[config(default = [])]
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the environment of the process and `.env` in the working directory.
    ///
    /// # Errors
    /// A value cannot be understood, wherever it comes from, or `.env` is there and
    /// cannot be read.
    pub fn load(code: Layer) -> Result<Self, ConfigError> {
        let dotenv = dotenv::read(Path::new(dotenv::FILE))?;
        Self::from_sources(code, std::env::vars_os(), dotenv.as_deref())
    }

    /// The same from an environment and the text of a `.env` that are given.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_sources(
        code: Layer,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        dotenv: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let dotenv = dotenv::parse(dotenv.unwrap_or_default())?;
        let environment: Vec<_> = environment.into_iter().collect();
        let mut defaults = Layer::default_values();
        if is_set(KNATIVE, &environment) {
            defaults.shutdown_delay = Some(DELAY_ON_KNATIVE);
        }
        let mut faults = values::faults_of_code(&code);
        let mut read = environment::read::<Self>(environment, dotenv);
        faults.append(&mut read.faults);
        if !faults.is_empty() {
            return Err(ConfigError::new(faults));
        }
        let all = read.layer.with_fallback(code).with_fallback(defaults);
        let mut config = <Self as confique::Config>::from_layer(all)
            .map_err(|error| ConfigError::new(vec![Fault::Missing(error.to_string())]))?;
        config.warnings.append(&mut read.warnings);
        if config.events.enabled {
            config.warnings.extend(config.rabbitmq.warning());
        }
        Ok(config)
    }
}

fn is_set(variable: &str, environment: &[(OsString, OsString)]) -> bool {
    let mut set = environment.iter();
    set.any(|(name, value)| name == variable && !value.is_empty())
}

/// All variables, for a terminal: each with its default, meaning and what is allowed.
#[must_use]
pub fn help() -> String {
    table::plain(&rows::of::<Config>())
}

/// The variables of one part, as a table in Markdown.
#[must_use]
pub fn markdown(part: Part) -> String {
    let mut rows = rows::of::<Config>();
    rows.retain(|row| part == Part::of(row));
    table::markdown(&rows)
}

/// A part of the variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// What is for the server itself.
    Server,
    /// What is for events and their broker.
    Events,
}

impl Part {
    fn of(row: &rows::Row) -> Self {
        match row.path.as_slice() {
            ["rabbitmq" | "events", ..] => Self::Events,
            _ => Self::Server,
        }
    }
}
