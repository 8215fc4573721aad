//! An image that runs as a cluster runs it.
//!
//! It is the first process of a namespace, so that no signal ends it which it does not
//! handle. Its root is read-only but for what it names as its volumes, there are the devices
//! that every engine gives, it is whoever the image says, and it can get no privilege. Its
//! network is that of this machine.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::Image;
use crate::private::keeper::Group;
use crate::private::{PATIENCE, random};

/// How often it is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(5);

/// What engines say to all that they run.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// `$1` is the root, `$2` where it writes and `$3` what it is lent; the rest are its
/// variables, and then what is run.
const START: &str = r#"
set -e
root=$1 volumes=$2 lent=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 devices "$root/dev"
for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
for volume in $volumes; do
    mkdir -p "$root$volume"
    mount --bind "$root$volume" "$root$volume"
done
for folder in $lent; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
    mount -o remount,ro,bind "$root$folder"
done
mount -o remount,ro,bind "$root"
exec env -i "$@"
"#;

/// What an image has become.
#[derive(Debug)]
pub struct Contained {
    group: Group,
    log: PathBuf,
}

impl Contained {
    pub(super) fn start(image: &Image, variables: &[(&str, &str)]) -> Self {
        let Image {
            keeper,
            config,
            root,
            lent,
        } = image;
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child"]);
        command
            .args(["--", "/bin/sh", "-c", START, "start"])
            .arg(root);
        let volumes: Vec<_> = config.volumes.keys().map(String::as_str).collect();
        let lent: Vec<_> = lent.iter().map(|folder| folder.to_string_lossy()).collect();
        command.arg(volumes.join(" ")).arg(lent.join(" "));
        command.arg(PATH).args(&config.env);
        let variables = variables.iter();
        command.args(variables.map(|(name, value)| format!("{name}={value}")));
        // It needs three privileges to give them all away.
        command.args(["setpriv", "--no-new-privs", "--inh-caps=-all"]);
        command.arg("--bounding-set=-all,+sys_chroot,+setuid,+setgid");
        let (user, group) = config.user.split_once(':').expect("it is USER:GROUP");
        command.args(["unshare", "--setuid", user, "--setgid", group]);
        command.arg("--root").arg(root).arg("--wd");
        command.arg(match config.working_dir.as_str() {
            "" => "/",
            folder => folder,
        });
        command.arg("--").args(&config.entrypoint).args(&config.cmd);
        let log = keeper.folder().join(format!("{:016x}.log", random()));
        let group = keeper.start(&command, &log);
        Self { group, log }
    }

    /// Its first process, as this machine calls it. There may be none yet.
    #[must_use]
    pub fn first(&self) -> Option<Pid> {
        let id = self.group.id().as_raw_nonzero();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
        let child = children.split_whitespace().next()?;
        Pid::from_raw(child.parse().ok()?)
    }

    /// What the system says of its first process, by this name.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<String> {
        let status = format!("/proc/{}/status", self.first()?.as_raw_nonzero());
        let status = fs::read_to_string(status).ok()?;
        let lines = status.lines().filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(known, _)| *known == name);
        values.next().map(|(_, value)| value.trim().to_owned())
    }

    /// Asks it to end, as a cluster does.
    ///
    /// # Panics
    /// It does not run.
    pub fn terminate(&self) {
        let first = self.first().expect("it runs");
        kill_process(first, Signal::TERM).expect("it runs");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end.
    pub async fn wait(&mut self) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.group.ended() {
                    return status;
                }
                sleep(LOOK).await;
            }
        };
        let ended = timeout(PATIENCE, ended).await;
        ended.unwrap_or_else(|_| panic!("it does not end:\n{}", self.log()))
    }

    /// Waits for the first line of its log that is wanted.
    ///
    /// # Panics
    /// There is none in time, or it has ended without one.
    pub async fn line(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = async {
            loop {
                let has_ended = self.group.has_ended();
                let log = self.log();
                let lines = log
                    .lines()
                    .filter_map(|line| serde_json::from_str(line).ok());
                match lines.into_iter().find(|line| wanted(line)) {
                    Some(line) => return Some(line),
                    None if has_ended => return None,
                    None => sleep(LOOK).await,
                }
            }
        };
        let heard = timeout(PATIENCE, heard).await.ok().flatten();
        heard.unwrap_or_else(|| panic!("it did not say {what}:\n{}", self.log()))
    }

    /// All that it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        self.group.kill();
    }
}
