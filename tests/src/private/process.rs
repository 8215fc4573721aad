//! A server as a process of what is installed here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::PATIENCE;
use super::keeper::{Group, Keeper};

/// How long one may take over its parting.
const PARTING: Duration = Duration::from_secs(5);

/// A command that is started again and again.
#[derive(Debug)]
pub(crate) struct Process {
    command: Command,
    log: PathBuf,
    group: Option<Group>,
    beside: Vec<Group>,
    stop: Signal,
    parting: Option<Signal>,
    keeper: Keeper,
}

impl Process {
    /// One that runs where `keeper` keeps its things.
    pub(crate) fn new(command: Command, keeper: Keeper) -> Self {
        Self {
            command,
            log: keeper.folder().join("server.log"),
            group: None,
            beside: Vec::new(),
            stop: Signal::TERM,
            parting: None,
            keeper,
        }
    }

    /// Has what was started already end with it.
    pub(crate) fn beside(mut self, group: Group) -> Self {
        self.beside.push(group);
        self
    }

    /// Stops it by another signal than SIGTERM.
    pub(crate) fn stopped_by(mut self, signal: Signal) -> Self {
        self.stop = signal;
        self
    }

    /// Sends it a signal before it is killed at the end of the tests: some hold more than
    /// a folder, and give it back only if they are asked.
    pub(crate) fn parting(mut self, signal: Signal) -> Self {
        self.parting = Some(signal);
        self
    }

    /// The process that was started last.
    pub(crate) fn id(&self) -> Option<Pid> {
        self.group.as_ref().map(Group::id)
    }

    /// Where everything of it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.keeper.folder()
    }

    pub(super) fn start(&mut self) {
        assert!(self.has_ended(), "the server runs already");
        self.group = Some(self.keeper.start(&self.command, &self.log));
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.group.as_mut().is_none_or(Group::has_ended)
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut group) = self.group.take() {
            group.kill();
        }
    }

    pub(super) async fn stop(&mut self) {
        if let Some(mut group) = self.group.take() {
            group.end(self.stop, PATIENCE).await;
        }
    }

    pub(super) async fn run(
        &self,
        program: &Command,
        arguments: &[&str],
    ) -> Result<String, String> {
        let mut command = Command::new(program.get_program());
        command.args(program.get_args()).args(arguments);
        let environment = program.get_envs();
        command.envs(environment.filter_map(|(name, value)| Some((name, value?))));
        self.keeper.run(&command, PATIENCE).await
    }

    pub(super) fn log(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let (Some(group), Some(signal)) = (&mut self.group, self.parting) {
            group.part(signal, PARTING);
        }
        self.kill();
        for group in &mut self.beside {
            group.kill();
        }
    }
}
