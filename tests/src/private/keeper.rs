//! Sees to it that nothing outlives the test process.
//!
//! A destructor does not run when a test process is killed, and a broker that is left
//! behind eats memory until somebody looks. So a shell in a process group of its own
//! holds a pipe of this process as its standard input. However this process ends, the
//! pipe ends with it, and the shell kills every group that is written down in the
//! folder, and removes the folder.
//!
//! A group writes itself down before it becomes what it is to be, and then looks whether
//! the folder is still open; the shell closes the folder before it reads the groups. One
//! of the two sees the other, so nothing is started that nobody stops.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::time::{sleep, timeout};

use super::PATIENCE;

/// `$1` is the folder, `$2` a container or nothing. Where there is a last signal, it has
/// five seconds to take effect.
const WATCH: &str = r#"
cat >/dev/null
rm -f "$1/open"
if [ -e "$1/last" ]; then
    for group in "$1"/groups/*; do
        kill -s "$(cat "$1/last")" "${group##*/}"
        for moment in $(seq 50); do kill -0 "${group##*/}" && sleep 0.1 || break; done
    done
fi
for group in "$1"/groups/*; do kill -9 "-${group##*/}"; done
[ -z "$2" ] || docker rm --force --volumes "$2"
for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done
"#;

/// `$0` is the folder, the rest the command.
const BEGIN: &str = r#"
: >"$0/groups/$$" && [ -e "$0/open" ] || exit 125
exec "$@"
"#;

/// A folder, and whatever runs in it.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: PathBuf,
    watch: Child,
}

impl Keeper {
    /// An empty folder for `name`, which no two nodes of this machine share. Where
    /// `container` is given, it is removed at the end as well.
    pub(crate) fn new(name: &str, container: Option<&str>) -> Self {
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("the temporary folder can be written to");
        std::fs::create_dir(folder.join("groups")).expect("the folder is ours");
        File::create(folder.join("open")).expect("the folder is ours");
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(&folder)
            .arg(container.unwrap_or_default())
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        Self { folder, watch }
    }

    /// Has all that runs here get this signal before it is killed at the end.
    pub(crate) fn last_signal(&self, name: &str) {
        std::fs::write(self.folder.join("last"), name).expect("the folder is ours");
    }

    /// Where everything lies that runs here.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Turns `command`, of which program, arguments and environment count, into one that
    /// ends with this process. Its environment is what it was given and nothing else, so
    /// that the settings of another broker are not taken for its own.
    pub(crate) fn guarded(&self, command: &Command) -> Command {
        let mut guarded = Command::new("/bin/sh");
        let environment = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        guarded
            .args(["-c", BEGIN])
            .arg(&self.folder)
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .env("PATH", path())
            .env("HOME", &self.folder)
            .env("LC_ALL", "C.UTF-8")
            .envs(environment)
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::null());
        guarded
    }

    /// Starts what runs until it is told to end. What it prints goes to a file.
    pub(crate) fn start(&self, command: &Command, log: &Path) -> Group {
        let log = File::options().create(true).append(true).open(log);
        let log = log.expect("the folder is ours");
        let child = self
            .guarded(command)
            .stdout(log.try_clone().expect("there are files to be had"))
            .stderr(log)
            .spawn()
            .expect("there is a shell");
        let note = self.note(child.id());
        Group { child, note }
    }

    /// Runs what ends by itself and gives back what it printed, on which stream ever.
    ///
    /// # Errors
    /// What it printed, where it fails or does not end in `patience`.
    pub(crate) async fn run(
        &self,
        command: &Command,
        patience: Duration,
    ) -> Result<String, String> {
        let shown = format!("{command:?}");
        let mut guarded = tokio::process::Command::from(self.guarded(command));
        let child = guarded
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("there is a shell");
        let note = child.id().map(|group| self.note(group));
        let output = timeout(patience, child.wait_with_output()).await;
        // What was told once is not waited for twice.
        let _ = note.map(std::fs::remove_file);
        let output = output
            .map_err(|_| format!("{shown} did not end within {patience:?}"))?
            .expect("its output can be read");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!("{shown} failed: {}\n{said}{error}", output.status))
    }

    fn note(&self, group: u32) -> PathBuf {
        self.folder.join("groups").join(group.to_string())
    }
}

fn path() -> impl AsRef<OsStr> {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into())
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let end = Instant::now() + PATIENCE;
        // It goes on where a container takes longer.
        while matches!(self.watch.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A process group that was started.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    note: PathBuf,
}

impl Group {
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether its first process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.ended().is_some()
    }

    /// How its first process has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("it can be waited for")?;
        let _ = std::fs::remove_file(&self.note);
        Some(status)
    }

    /// Kills all of it, and waits until its first process is gone.
    pub(crate) fn kill(&mut self) {
        // It may have ended already.
        let _ = kill_process_group(self.id(), Signal::KILL);
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.note);
    }

    /// Sends its first process a signal, and waits for its end where that comes within
    /// `patience`. A destructor may call it.
    pub(crate) fn part(&mut self, signal: Signal, patience: Duration) {
        if !self.has_ended() {
            let _ = kill_process(self.id(), signal);
            let end = Instant::now() + patience;
            while !self.has_ended() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// Asks its first process to end by a signal, and kills whatever is left after
    /// `patience`.
    pub(crate) async fn end(&mut self, signal: Signal, patience: Duration) {
        if !self.has_ended() {
            let _ = kill_process(self.id(), signal);
            let ended = async {
                while !self.has_ended() {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            let _ = timeout(patience, ended).await;
        }
        self.kill();
    }
}

#[cfg(test)]
mod tests;
