//! The command line, and what it takes from the environment.

use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args as _, Command, FromArgMatches as _, Subcommand as _};

use super::{Config, DeployArguments, unknown};
use crate::tenant::TenantId;

/// Another name of the port: Knative and its like set it.
const PORT: &str = "PORT";

/// How much of a value is shown, in characters.
const SHOWN: usize = 100;

/// What the host is asked to do.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// What to do.
    pub verb: Verb,
    /// And how.
    pub config: Config,
    /// What an operator may have meant otherwise. No value is in it.
    pub warnings: Vec<String>,
}

/// What a host can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Subcommand)]
#[non_exhaustive]
pub enum Verb {
    /// Serve the API and run modules; what happens where nothing is said
    #[default]
    Serve,
    /// Bring the database up to date, and end
    Migrate,
    /// See to requests that were given up; of an embedded bus while no host runs
    #[command(subcommand, name = "dead-letters")]
    DeadLetters(LetterVerb),
    /// Deploy a function server: have its Service be on the cluster, new or changed
    Deploy(Box<DeployArguments>),
}

/// What can be done with requests that were given up.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
#[non_exhaustive]
pub enum LetterVerb {
    /// One line for each, the newest first: its id, when it was given up, after how many
    /// attempts, its tenant, its module, and why
    List {
        /// Only those of this tenant
        #[arg(long, value_name = "NAME")]
        tenant: Option<TenantId>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
    /// All that is known of one, as JSON
    Show {
        /// As `list` tells it
        id: String,
    },
    /// Try one again, as a new request, whose id is told
    Replay {
        /// As `list` tells it
        id: String,
    },
    /// Throw one away
    Discard {
        /// As `list` tells it
        id: String,
    },
}

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Stop {
    /// There is something to read, such as the help.
    Said(String),
    /// Something cannot be understood: one line about it.
    Wrong(String),
}

impl CommandLine {
    /// Reads these arguments, the first being the program, and the environment.
    ///
    /// # Errors
    /// There is nothing to do, or something cannot be understood.
    pub fn read<A>(arguments: A) -> Result<Self, Stop>
    where
        A: IntoIterator<Item: Into<std::ffi::OsString> + Clone>,
    {
        let mut command = command();
        let mut matches = command
            .try_get_matches_from_mut(arguments)
            .map_err(|error| stop(&command, &error))?;
        let wrong = |error: clap::Error| Stop::Wrong(error.to_string());
        let config = Config::from_arg_matches_mut(&mut matches).map_err(wrong)?;
        let verb = match matches.subcommand() {
            None => Verb::default(),
            Some(_) => Verb::from_arg_matches(&matches).map_err(wrong)?,
        };
        config.pulsar.check().map_err(Stop::Wrong)?;
        let mut warnings = unknown::warnings();
        warnings.extend(config.pulsar.warnings());
        Ok(Self {
            verb,
            config,
            warnings,
        })
    }
}

fn command() -> Command {
    let command = Command::new("functions-host");
    let command = Config::augment_args(command).mut_args(|arg| with_environment(arg.global(true)));
    // What is said of the whole comes last: the parts would say what they are.
    Verb::augment_subcommands(command)
        .about("Keeps WASM modules of many tenants and runs them in a sandbox")
        .version(env!("CARGO_PKG_VERSION"))
        .args_override_self(true)
        .after_help(
            "A `.env` file in the working directory is read; what the environment sets wins, \
             and a flag wins over both.",
        )
}

/// A variable that is set to nothing is not set, and the port has two.
fn with_environment(arg: Arg) -> Arg {
    let is_set = |name: &OsStr| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let Some(name) = arg.get_env().map(OsStr::to_owned) else {
        return arg;
    };
    if is_set(&name) {
        let shows = std::env::var(&name).is_ok_and(|value| has_password(&value));
        let hides = shows || arg.is_hide_env_values_set();
        return arg.hide_env_values(hides);
    }
    match arg.get_id().as_str() {
        "port" if is_set(OsStr::new(PORT)) => arg.env(PORT),
        _ if std::env::var_os(&name).is_some() => arg.env(None::<&str>),
        _ => arg,
    }
}

/// Whether it may be an address with a password in it, whatever it was meant to be.
fn has_password(value: &str) -> bool {
    value.contains('@')
}

fn stop(command: &Command, error: &clap::Error) -> Stop {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Said(error.to_string()),
        ErrorKind::ValueValidation | ErrorKind::InvalidUtf8 => {
            Stop::Wrong(not_understood(command, error).unwrap_or_else(|| first_line(error)))
        }
        _ => Stop::Wrong(first_line(error)),
    }
}

/// Names the variable where the value comes from there, and the flag elsewhere.
fn not_understood(command: &Command, error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    let allowed = std::error::Error::source(error)?;
    let arg = command
        .get_arguments()
        .find(|arg| arg.to_string() == *flag)?;
    let variable = arg.get_env().filter(|name| {
        std::env::var_os(name).is_some_and(|set| set.as_os_str() == OsStr::new(value))
    });
    let name = variable.map_or_else(
        || format!("--{}", arg.get_long().unwrap_or_default()),
        |name| name.to_string_lossy().into_owned(),
    );
    let shown = if arg.is_hide_env_values_set() || has_password(value) {
        "set to what cannot be used".to_owned()
    } else {
        let escaped: String = value
            .chars()
            .take(SHOWN)
            .flat_map(char::escape_debug)
            .collect();
        format!("'{escaped}'")
    };
    Some(format!("{name} is {shown}; allowed: {allowed}"))
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    format!("{line} (see --help)")
}
