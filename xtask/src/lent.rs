//! Servers that the tests share, for as long as they run.
//!
//! What starts servers is heavy and lives with the tests: it is one of their programs. It
//! ends when its standard input does, so that nothing is left of it, however this ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cargo::Cargo;
use crate::found::Found;

/// What starts them.
pub(crate) const PROGRAM: &str = "servers";
/// Servers in Docker take longer than others.
const END: Duration = Duration::from_secs(90);

/// Some servers.
pub(crate) struct Lent {
    child: Option<Child>,
    variables: Vec<(String, String)>,
}

impl Lent {
    /// Nothing.
    pub(crate) fn none() -> Self {
        Self {
            child: None,
            variables: Vec::new(),
        }
    }

    /// Starts some. Their program has been built, with the target of the same name.
    ///
    /// # Errors
    /// One does not start: what it says is on standard error.
    pub(crate) fn start(missing: &[&Found]) -> Result<Self> {
        let mut lent = Self::none();
        // The command that runs this lies beside all that cargo builds.
        let program = std::env::current_exe()?.with_file_name(PROGRAM);
        let mut command = Command::new(&program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        for found in missing {
            command.arg(found.name);
            command.envs(found.variables.iter().map(|(name, value)| (name, value)));
        }
        let failed = |error| format!("{} cannot be started: {error}", program.display());
        let mut child = command.spawn().map_err(failed)?;
        let said = child.stdout.take();
        lent.child = Some(child);
        for line in BufReader::new(said.ok_or("it is piped")?).lines() {
            let line = line?;
            match line.split_once('=') {
                Some((name, value)) => lent.variables.push((name.to_owned(), value.to_owned())),
                None if line.is_empty() => return Ok(lent),
                None => println!("{line}"),
            }
        }
        Err("The servers that the tests share did not start, see above.".into())
    }

    /// Tells a run of tests. The values are not shown: one holds a password.
    pub(crate) fn tell(&self, cargo: Cargo) -> Cargo {
        let variables = self.variables.iter();
        variables.fold(cargo, |cargo, (name, value)| cargo.hidden_env(name, value))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        drop(child.stdin.take());
        let end = Instant::now() + END;
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < end {
            sleep(Duration::from_millis(10));
        }
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}
