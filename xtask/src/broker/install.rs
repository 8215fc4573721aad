//! RabbitMQ by apt, without the node that its package starts.
//!
//! Whoever runs this as root on a Debian runs it in a container or on a machine for
//! builds, and wants the tests rather than a line about what they lack. What he does not
//! want is a broker on the default ports from now on. Debian asks a script,
//! `policy-rc.d`, whether a service may start; there is one that says no for as long as
//! the installation takes.

use std::path::Path;
use std::process::{Command, Stdio};

const POLICY: &str = "/usr/sbin/policy-rc.d";

/// `$1` is the path of the policy. A policy that is somebody's stays, and where it does
/// not say no, nothing is installed.
const SCRIPT: &str = r#"
set -eu
policy=$1
mark='# Written by cargo xtask test while it installs RabbitMQ.'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
else
    status=0
    "$policy" rabbitmq-server start || status=$?
    [ "$status" = 101 ] || { echo "$policy lets services start" >&2; exit 1; }
fi
export DEBIAN_FRONTEND=noninteractive
set -- -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=60
apt-get "$@" update
apt-get "$@" install -y --no-install-recommends rabbitmq-server
if [ -d /run/systemd/system ]; then systemctl disable --quiet rabbitmq-server; fi
"#;

/// Installs it where that is possible, which it is for root where there is apt, and
/// tells whether it is there now.
pub(super) fn with_apt() -> bool {
    if !is_root() || !Path::new("/usr/bin/apt-get").is_file() {
        return false;
    }
    eprintln!("Installing rabbitmq-server with apt-get; its default node is not started.");
    run(Path::new(POLICY), &mut Command::new("/bin/sh"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(policy: &Path, shell: &mut Command) -> bool {
    let shell = shell.args(["-c", SCRIPT, "install"]).arg(policy);
    let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::run;
    use std::path::PathBuf;
    use std::process::Command;

    /// A machine whose apt-get writes down what it is told, and whether services may
    /// start meanwhile.
    struct Machine(PathBuf);

    impl Machine {
        fn new(name: &str) -> Self {
            let folder = format!("xtask-install-{}-{name}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            std::fs::create_dir(&folder).unwrap();
            let machine = Self(folder);
            let ask = "\"$0-policy\" rabbitmq-server start; echo \"$? $*\" >>\"$0-log\"";
            machine.program("apt-get", ask);
            machine.program("systemctl", "exit 0");
            machine
        }

        /// A file that this process had open for writing could not be run at once.
        fn program(&self, name: &str, script: &str) {
            let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0"; chmod 755 "$0""#;
            let mut shell = Command::new("/bin/sh");
            let shell = shell.args(["-c", write]).arg(self.0.join(name)).arg(script);
            assert!(shell.status().unwrap().success());
        }

        fn policy(&self) -> PathBuf {
            self.0.join("apt-get-policy")
        }

        fn install(&self) -> bool {
            let path = format!("{}:/usr/bin:/bin", self.0.display());
            run(&self.policy(), Command::new("/bin/sh").env("PATH", path))
        }

        fn log(&self) -> Vec<String> {
            let log = std::fs::read_to_string(self.0.join("apt-get-log")).unwrap_or_default();
            log.lines().map(str::to_owned).collect()
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn no_service_may_start_while_it_installs_and_every_one_may_afterwards() {
        let machine = Machine::new("plain");
        assert!(machine.install());
        let log = machine.log();
        assert_eq!(log.len(), 2);
        assert!(log.iter().all(|line| line.starts_with("101 ")), "{log:?}");
        assert!(log[0].ends_with(" update"), "{log:?}");
        assert!(
            log[1].ends_with(" --no-install-recommends rabbitmq-server"),
            "{log:?}"
        );
        assert!(!machine.policy().exists());
    }

    #[test]
    fn a_failure_leaves_no_policy_behind() {
        let machine = Machine::new("fails");
        machine.program("apt-get", "exit 100");
        assert!(!machine.install());
        assert!(!machine.policy().exists());
    }

    #[test]
    fn a_policy_that_was_left_behind_is_taken_for_what_it_is() {
        let machine = Machine::new("again");
        machine.program("apt-get", "kill -KILL $PPID");
        assert!(!machine.install());
        assert!(machine.policy().exists());
        machine.program("apt-get", "exit 0");
        assert!(machine.install());
        assert!(!machine.policy().exists());
    }

    #[test]
    fn the_policy_of_somebody_else_stays_as_it_is() {
        let machine = Machine::new("somebody");
        machine.program("apt-get-policy", "exit 101");
        assert!(machine.install());
        assert!(machine.policy().exists());
    }

    #[test]
    fn nothing_is_installed_where_services_would_start() {
        let machine = Machine::new("starts");
        machine.program("apt-get-policy", "exit 0");
        assert!(!machine.install());
        assert_eq!(machine.log(), [""; 0]);
        assert!(machine.policy().exists());
    }
}
