//! Which RabbitMQ the tests of the broker get.
//!
//! They need a real one that they may stop, block and kill, so they start their own: in
//! Docker, or as a private node of an installed RabbitMQ. A broker that the environment
//! names is taken as it is; it is somebody's, and what would harm it is left out. The
//! tests themselves look for nothing: they are told here.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cargo::Cargo;
use crate::install;
use crate::machine::{Programs, has_docker, has_python};

/// Where packages put the script itself. What Debian has on the PATH is a wrapper that
/// takes nobody but root, and makes him somebody else.
const PACKAGED: &str = "/usr/lib/rabbitmq/bin";
/// Where it may lie though the PATH does not say so.
const FOLDERS: &[&str] = &["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];
const PACKAGE: &str = "rabbitmq-server";

/// Names the broker that is there, for tests as for servers.
pub(crate) const HOSTNAME: &str = "CRBR_RABBITMQ_HOSTNAME";

/// Where the broker of the tests comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broker {
    /// It is there, at this host.
    External(String),
    /// The tests start containers.
    Docker,
    /// The tests start nodes by this `rabbitmq-server`.
    Native(PathBuf),
}

impl Broker {
    /// Finds one, or installs it where that takes nobody by surprise, and says in one
    /// line what the tests get.
    pub(crate) fn find() -> Option<Self> {
        let broker = Self::named().or_else(|| has_docker().then_some(Self::Docker));
        let broker = broker.or_else(Self::installed).or_else(|| {
            let is_there = install::with_apt(&[PACKAGE], Some(PACKAGE));
            is_there.then(Self::installed).flatten()
        });
        match &broker {
            Some(Self::External(host)) => eprintln!(
                "The broker's tests run on that of {HOSTNAME}, {host}; those that would harm it, or need its certificate, are left out."
            ),
            Some(Self::Docker) => eprintln!("The broker's tests start RabbitMQ in Docker."),
            Some(Self::Native(server)) => {
                eprintln!(
                    "The broker's tests start private nodes by {}.",
                    server.display()
                );
            }
            None => eprintln!(
                "The broker's tests are left out: they need Docker, or RabbitMQ installed (Debian: `apt-get install rabbitmq-server`, macOS: `brew install rabbitmq`)."
            ),
        }
        broker
    }

    fn named() -> Option<Self> {
        let host = std::env::var(HOSTNAME).ok()?;
        (!host.is_empty()).then_some(Self::External(host))
    }

    fn installed() -> Option<Self> {
        let programs = ["rabbitmq-server", "rabbitmqctl"];
        let programs = Programs::of(&programs).before(PACKAGED).behind(FOLDERS);
        let folder = programs.find()?;
        Some(Self::Native(folder.join("rabbitmq-server")))
    }

    /// Tells a run of tests.
    pub(crate) fn tell(&self, cargo: Cargo) -> Cargo {
        let make = match self {
            Self::External(_) => "external",
            Self::Docker => "docker",
            Self::Native(_) => "native",
        };
        let cargo = cargo.env("FUNCTIONS_TEST_BROKER", make);
        match self {
            Self::Native(server) => {
                cargo.env("FUNCTIONS_TEST_BROKER_SERVER", &server.to_string_lossy())
            }
            Self::External(host) => cargo.hidden_env(HOSTNAME, host),
            Self::Docker => cargo,
        }
    }

    /// What this broker, or this machine, cannot show.
    pub(crate) fn skipped(&self) -> Vec<OsString> {
        let mut skipped = Vec::new();
        if matches!(self, Self::External(_)) {
            skipped.extend(["--skip", "faults", "--skip", "tls", "--skip", "node::"]);
        }
        if !has_python((3, 7)) {
            eprintln!(
                "The test with Python's pika is left out: `python3 -m venv` does not work here (Debian: `apt-get install python3-venv`)."
            );
            skipped.extend(["--skip", "pika"]);
        }
        skipped.into_iter().map(OsString::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Broker;

    #[test]
    fn a_broker_of_somebody_else_is_not_harmed() {
        let skips_faults = |broker: Broker| {
            let skipped = broker.skipped();
            skipped.windows(2).any(|two| two == ["--skip", "faults"])
        };
        assert!(skips_faults(Broker::External("broker.example".to_owned())));
        assert!(!skips_faults(Broker::Docker));
    }
}
