//! A server of the tests' own: one that can be stopped, killed and started again.
//!
//! What a server does to its clients when it goes can be shown by one that goes. It runs
//! as a [`Process`] of what is installed here or in a [`Container`], on ports of its own,
//! with its data in a folder of its own, and is gone when the tests are, in whichever way
//! they end.

pub(crate) mod certificates;
mod container;
pub(crate) mod keeper;
pub(crate) mod ports;
mod process;

use std::hash::{BuildHasher, RandomState};
use std::process::Command;
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub(crate) use container::{Container, image};
pub(crate) use process::Process;

/// Long enough for a busy machine, short enough for a person who waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often others may take the ports that were free.
const ATTEMPTS: usize = 3;
/// How often one is asked whether it is ready.
const PAUSE: Duration = Duration::from_millis(20);
/// What of a log is in an error.
const LINES: usize = 80;

/// A server and its name.
#[derive(Debug)]
pub(crate) struct Private {
    name: String,
    runs: Runs,
}

#[derive(Debug)]
pub(crate) enum Runs {
    Process(Box<Process>),
    Container(Container),
}

impl From<Process> for Runs {
    fn from(process: Process) -> Self {
        Self::Process(Box::new(process))
    }
}

impl From<Container> for Runs {
    fn from(container: Container) -> Self {
        Self::Container(container)
    }
}

/// Whether the tests are to start their servers in Docker.
pub(crate) fn in_docker() -> bool {
    variable("FUNCTIONS_TEST_DOCKER").is_some()
}

/// A variable of the environment that says something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A name that no two servers of this machine share.
pub(crate) fn name() -> String {
    format!("functions-test-{:016x}", random())
}

pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Makes a server and starts it, by `attempt`, which fails where others have taken its
/// ports in the meantime.
pub(crate) async fn launch<S, F>(what: &str, attempt: impl Fn() -> F) -> S
where
    F: Future<Output = Result<S, String>>,
{
    let mut attempts = 1;
    loop {
        match attempt().await {
            Ok(server) => return server,
            Err(_) if attempts < ATTEMPTS => attempts += 1,
            Err(error) => panic!("no {what} starts: {error}"),
        }
    }
}

impl Private {
    /// One that is made, but not started yet.
    pub(crate) fn new(name: &str, runs: impl Into<Runs>) -> Self {
        let name = name.to_owned();
        let runs = runs.into();
        Self { name, runs }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Has it start, and does not wait until it is ready.
    ///
    /// # Errors
    /// Docker does not start it.
    ///
    /// # Panics
    /// It runs already.
    pub(crate) async fn begin(&mut self) -> Result<(), String> {
        match &mut self.runs {
            Runs::Process(process) => process.start(),
            Runs::Container(container) => container.start().await?,
        }
        Ok(())
    }

    /// Waits a moment for one that is not ready yet, though not beyond `end`.
    ///
    /// # Errors
    /// It has ended: the end of what it said.
    ///
    /// # Panics
    /// It is past `end`.
    pub(crate) async fn wait(&mut self, end: Instant) -> Result<(), String> {
        if self.has_ended().await {
            return Err(format!("{} has ended:\n{}", self.name, self.end().await));
        }
        if Instant::now() > end {
            panic!("{} is not ready in time:\n{}", self.name, self.end().await);
        }
        sleep(PAUSE).await;
        Ok(())
    }

    /// Whether it has ended, or was never started.
    pub(crate) async fn has_ended(&mut self) -> bool {
        match &mut self.runs {
            Runs::Process(process) => process.has_ended(),
            Runs::Container(container) => container.has_ended().await,
        }
    }

    /// Has it end at once, without a word to anybody.
    pub(crate) async fn kill(&mut self) {
        match &mut self.runs {
            Runs::Process(process) => process.kill(),
            Runs::Container(container) => container.kill().await,
        }
    }

    /// Has it end as its administrator would.
    pub(crate) async fn stop(&mut self) {
        match &mut self.runs {
            Runs::Process(process) => process.stop().await,
            Runs::Container(container) => container.stop().await,
        }
    }

    /// Runs a program beside it, with more arguments, and gives back what that printed.
    /// In a container it is a program of the container.
    ///
    /// # Errors
    /// What it printed, where it fails or does not end.
    pub(crate) async fn run(
        &self,
        program: &Command,
        arguments: &[&str],
    ) -> Result<String, String> {
        match &self.runs {
            Runs::Process(process) => process.run(program, arguments).await,
            Runs::Container(container) => container.exec(program, arguments).await,
        }
    }

    /// What it has said so far; of a container, the end of it.
    pub(crate) async fn log(&self) -> String {
        match &self.runs {
            Runs::Process(process) => process.log(),
            Runs::Container(container) => container.log().await,
        }
    }

    /// The end of what it said.
    async fn end(&self) -> String {
        last_lines(&self.log().await).to_owned()
    }

    /// The process that was started last, where it is one.
    pub(crate) fn process(&self) -> Option<&Process> {
        match &self.runs {
            Runs::Process(process) => Some(process),
            Runs::Container(_) => None,
        }
    }
}

fn last_lines(text: &str) -> &str {
    let text = text.trim_end();
    let mut ends = text.rmatch_indices('\n').map(|(end, _)| end + 1);
    ends.nth(LINES - 1).map_or(text, |begin| &text[begin..])
}

#[cfg(test)]
mod tests;
