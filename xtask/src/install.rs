//! Packages by apt, without the service that one of them would start.
//!
//! Whoever runs this as root on a Debian runs it in a container or on a machine for
//! builds, and wants the tests rather than a line about what they lack. What he does not
//! want is a server on its default port from now on. Debian asks a script,
//! `policy-rc.d`, whether a service may start; there is one that says no for as long as
//! the installation takes.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::machine::is_root;

const POLICY: &str = "/usr/sbin/policy-rc.d";

/// `$1` is the path of the policy, `$2` the service or nothing, the rest are packages, of
/// which `a|b` is `a` where there is one, else `b`. A policy that is somebody's stays, and
/// where it does not say no, nothing is installed.
const SCRIPT: &str = r#"
set -eu
policy=$1 service=$2
shift 2
mark='# Written by cargo xtask test while it installs packages.'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
elif [ -n "$service" ]; then
    status=0
    "$policy" "$service" start || status=$?
    [ "$status" = 101 ] || { echo "$policy lets services start" >&2; exit 1; }
fi
export DEBIAN_FRONTEND=noninteractive
apt() {
    apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=60 "$@"
}
apt update
chosen=
for package; do
    name=
    for name in $(echo "$package" | tr '|' ' '); do
        ! apt-cache show "$name" >/dev/null 2>&1 || break
    done
    chosen="$chosen $name"
done
apt install -y --no-install-recommends $chosen
if [ -n "$service" ] && [ -d /run/systemd/system ]; then
    systemctl disable --quiet "$service"
fi
"#;

/// Installs packages where that is possible, which it is for root where there is apt, and
/// tells whether they are there now. `service` is what one of them would start, if one
/// would. A package may be several with `|` between, of which the first that apt knows is
/// meant.
pub(crate) fn with_apt(packages: &[&str], service: Option<&str>) -> bool {
    if !is_root() || !Path::new("/usr/bin/apt-get").is_file() {
        return false;
    }
    let started = service.map_or("", |_| "; what it holds is not started");
    eprintln!(
        "Installing {} with apt-get{started}.",
        packages.join(" and ")
    );
    let shell = &mut Command::new("/bin/sh");
    run(Path::new(POLICY), packages, service, shell)
}

fn run(policy: &Path, packages: &[&str], service: Option<&str>, shell: &mut Command) -> bool {
    let shell = shell.args(["-c", SCRIPT, "install"]).arg(policy);
    let shell = shell.arg(service.unwrap_or_default()).args(packages);
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
            machine.program("apt-cache", r#"[ "$2" != not-there ]"#);
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
            self.install_all(&["rabbitmq-server"], Some("rabbitmq-server"))
        }

        fn install_all(&self, packages: &[&str], service: Option<&str>) -> bool {
            let path = format!("{}:/usr/bin:/bin", self.0.display());
            let mut shell = Command::new("/bin/sh");
            run(&self.policy(), packages, service, shell.env("PATH", path))
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
    fn of_two_packages_the_first_that_there_is_gets_installed() {
        let machine = Machine::new("either");
        let packages = ["there|here-too", "not-there|instead", "not-there"];
        assert!(machine.install_all(&packages, None));
        let log = machine.log();
        let installed = " --no-install-recommends there instead not-there";
        assert!(log[1].ends_with(installed), "{log:?}");
    }

    #[test]
    fn a_policy_is_not_asked_about_what_starts_nothing() {
        let machine = Machine::new("nothing");
        machine.program("apt-get-policy", "exit 0");
        assert!(machine.install_all(&["maven"], None));
        assert_eq!(machine.log().len(), 2);
        assert!(machine.policy().exists());
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
