//! `cargo xtask test`: everything that can be found wrong without a reader.

mod failures;
mod servers;
mod targets;

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};

use crate::cargo::Cargo;
use crate::modules::{self, Form};
use crate::{Command, Result, broker, features, fuzz, pulsar, python};
use failures::Failures;
use servers::Servers;
use targets::{Need, TARGETS, Target, needs_of};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    about: "run all tests",
    help: "\
Usage: cargo xtask test [ARGUMENTS]

Runs all tests of all crates, documentation included, with all features. Before
that it checks what takes a build of its own: functions-core without its default
features, natively and for the wasm targets that are installed, and with some of
them. After that come the example modules of functions-host: their own tests, and
those that hand them to a host, in each form for which a target is installed (see
`cargo xtask modules --help`), and python-runtime, where there is a Python (see `cargo
xtask python --help`). Last are the tests that need real servers. For each kind they
take, whichever there is:
  1. the one that the environment names, without those tests that would harm it
  2. one of their own in Docker
  3. one of their own, of what is installed on this machine
  4. the same after installing that with apt-get, for root where there is apt
  5. none: a line says so, and they are left out
One of their own has ports and a folder of its own on the loopback address, touches
no other one, and is gone when they end.

  RabbitMQ    CRBR_RABBITMQ_HOSTNAME names one (and CRBR_RABBITMQ_USERNAME and so on,
              as for a server). Of its own: an installed rabbitmq-server.
  Pulsar      PULSAR_URL and FUNCTIONS_HOST_PULSAR_ADMIN_URL name one. Of its own:
              Java 17 or newer, and Maven, which fetches Pulsar once, 230 MB, into
              FUNCTIONS_TEST_CACHE, else into functions-test of the user's caches.
              The tests of Java's client need a JDK, and these jars in any case.
  PostgreSQL  FUNCTIONS_TEST_POSTGRES_URL names one, and a user of it who may make
              databases. Of its own: initdb, postgres and psql.
  Kubernetes  FUNCTIONS_TEST_KUBECONFIG names a file that names a cluster with Knative's
              Services, where the tests may make namespaces. Of its own, never in Docker:
              an API server that Go builds once, in some minutes, into the same folder
              as Pulsar, and etcd.

The images of the examples and of functions-host are built and run as well, where there
are buildah and root on Linux: of programs that are linked anew, from what is compiled.

FUNCTIONS_TEST_PULSAR_HOME is a folder with the jars of Pulsar in lib,
FUNCTIONS_TEST_POSTGRES_BIN one with the programs of PostgreSQL, and
FUNCTIONS_TEST_KUBERNETES_BIN one with kube-apiserver and etcd, for those who have them
elsewhere. PULSAR_URL, DATABASE_URL and KUBECONFIG are not passed on to the tests.

ARGUMENTS go to `cargo test`; given any, nothing but that is run:
  cargo xtask test -p functions-core
  cargo xtask test deadline -- --nocapture
  cargo xtask test -p functions-tests --test broker -- --ignored
  cargo xtask test --test servers -- --ignored postgres::
  cargo xtask test -p functions-host --test guests -- --ignored
With --ignored, or --include-ignored, servers are found for the targets that --test
names, and for all where it names none.
",
    run,
};

/// What somebody has set for his servers: those that are started by tests have nothing to
/// tell them, and no test writes into his database.
const OTHERS: &[&str] = &[
    broker::HOSTNAME,
    pulsar::URL,
    pulsar::ADMIN_URL,
    "DATABASE_URL",
    "KUBECONFIG",
];

const WORKSPACE: &[&str] = &["--workspace"];
/// The package that has what starts servers.
const STARTER: &[&str] = &["--package", "functions-tests"];

fn run(arguments: Vec<OsString>) -> Result {
    if !arguments.is_empty() {
        return test(arguments);
    }
    features::check()?;
    let workspace = tested(fuzz::some(alone().args(WORKSPACE)));
    let modules = test_modules();
    all([workspace, modules, python::test(), test_on_servers()])
}

fn test_on_servers() -> Result {
    let servers = Servers::find(&needs_of(&[]), WORKSPACE)?;
    let targets = TARGETS.iter();
    let able = targets.filter(|target| servers.are_enough_for(target.needs));
    let told = able.map(|target| servers.tell(target.needs, ignored(target)));
    all(told.map(tested))
}

fn test_modules() -> Result {
    tested(modules::cargo("test").args(["--workspace"]))?;
    let built = modules::build()?;
    if built.is_empty() {
        return Ok(());
    }
    let lacking = Form::ALL.into_iter().filter(|form| !built.contains(form));
    let skipped: Vec<_> = lacking.flat_map(|form| ["--skip", form.name()]).collect();
    let targets = TARGETS.iter();
    let mut targets = targets.filter(|target| target.needs == [Need::Modules]);
    targets.try_for_each(|target| tested(ignored(target).args(&skipped)))
}

/// The tests of a target that are ignored otherwise. Of the same packages as before, so
/// that nothing is compiled again.
fn ignored(target: &Target) -> Cargo {
    let names = target.names.iter().flat_map(|name| ["--test", *name]);
    let beside = target.names.is_empty().then_some("--lib");
    let cargo = alone().args(WORKSPACE).args(names).args(beside);
    cargo.args(["--", "--ignored"]).args(target.only)
}

fn test(arguments: Vec<OsString>) -> Result {
    // What starts servers is built as the tests are, or everything would be once more.
    let (packages, starter) = match names_packages(&arguments) {
        true => (&[][..], STARTER),
        false => (WORKSPACE, WORKSPACE),
    };
    let cargo = alone().args(packages);
    if !wants_ignored(&arguments) {
        return tested(cargo.args(arguments));
    }
    let needs = needs_of(&arguments);
    if needs.contains(&Need::Modules) {
        modules::build()?;
    }
    let servers = Servers::find(&needs, starter)?;
    tested(servers.tell(&needs, cargo.args(arguments)))
}

/// Runs tests. Where somebody watches, what failed is before his eyes.
fn tested(cargo: Cargo) -> Result {
    if io::stdout().is_terminal() {
        return cargo.run();
    }
    let mut failures = Failures::default();
    let ran = cargo.run_heard(|line| failures.hear(line));
    ran.map_err(|error| format!("{error}{failures}").into())
}

/// Nothing, where all of them went well, and all that went wrong otherwise. Each has run,
/// whatever became of the one before.
fn all(ran: impl IntoIterator<Item = Result>) -> Result {
    let failed: Vec<_> = ran.into_iter().filter_map(Result::err).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => {
            let failed: Vec<_> = failed.iter().map(ToString::to_string).collect();
            Err(failed.join("\n\n").into())
        }
    }
}

/// A run that hears nothing of what is set for others.
fn alone() -> Cargo {
    OTHERS
        .iter()
        .fold(cargo_test(), |cargo, name| cargo.without_env(name))
}

fn cargo_test() -> Cargo {
    Cargo::new("test").args(["--all-features", "--no-fail-fast"])
}

fn names_packages(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .map(OsString::as_os_str)
        .map(OsStr::as_encoded_bytes)
        .take_while(|argument| *argument != b"--")
        .any(|argument| argument.starts_with(b"-p") || argument.starts_with(b"--package"))
}

/// What is ignored without this command is what needs a server, or the example modules.
fn wants_ignored(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip_while(|argument| *argument != "--")
        .any(|argument| argument == "--ignored" || argument == "--include-ignored")
}

#[cfg(test)]
mod tests {
    use super::{names_packages, wants_ignored};
    use std::ffi::OsString;

    fn words(words: &str) -> Vec<OsString> {
        words.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn one_package_is_tested_alone_and_a_filter_runs_everywhere() {
        let names = |text| names_packages(&words(text));
        assert!(names("-p functions-core"));
        assert!(names("--package=functions-core deadline"));
        assert!(!names("deadline -- -p"));
    }

    #[test]
    fn servers_are_looked_for_where_ignored_tests_are_to_run() {
        assert!(wants_ignored(&words(
            "-p functions-tests -- --ignored no_route"
        )));
        assert!(wants_ignored(&words("-- --nocapture --include-ignored")));
        assert!(!wants_ignored(&words(
            "-p functions-core ignored -- --nocapture"
        )));
    }
}
