//! `cargo xtask test`: everything that can be found wrong without a reader.

use std::ffi::{OsStr, OsString};

use crate::broker::{self, Broker};
use crate::cargo::Cargo;
use crate::modules::{self, Form};
use crate::{Command, Result, features, fuzz};

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
`cargo xtask modules --help`). Last are the tests that need a real RabbitMQ. They
take, whichever there is:
  1. the broker that CRBR_RABBITMQ_HOSTNAME names (CRBR_RABBITMQ_USERNAME and so
     on as for a server), without those tests that would harm it
  2. a broker of their own in Docker
  3. a private node of the RabbitMQ that is installed
  4. the same after `apt-get install rabbitmq-server`, for root where there is apt
  5. none: a line says so, and they are left out
A broker of their own has a name, ports and a folder of its own, touches no other
one, and is gone when they end.

ARGUMENTS go to `cargo test`; given any, nothing but that is run:
  cargo xtask test -p functions-core
  cargo xtask test deadline -- --nocapture
  cargo xtask test -p functions-tests --test broker -- --ignored
  cargo xtask test -p functions-host --test guests -- --ignored
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    if !arguments.is_empty() {
        return test(arguments);
    }
    features::check()?;
    let all = fuzz::some(cargo_test().arg("--workspace"));
    let tested = all.without_env(broker::HOSTNAME).run();
    let modules = test_modules();
    tested.and(modules).and(test_on_broker())
}

fn test_on_broker() -> Result {
    let Some(broker) = Broker::find() else {
        return Ok(());
    };
    let cargo = ignored(&["broker", "announced"]);
    broker.tell(cargo).args(broker.skipped()).run()
}

fn test_modules() -> Result {
    modules::cargo("test").args(["--workspace"]).run()?;
    let built = modules::build()?;
    if built.is_empty() {
        return Ok(());
    }
    let lacking = Form::ALL.into_iter().filter(|form| !built.contains(form));
    let skipped = lacking.flat_map(|form| ["--skip", form.name()]);
    ignored(&["guests"]).args(skipped).run()
}

/// The tests of these names that are ignored otherwise. Of the same packages as before, so
/// that nothing is compiled again.
fn ignored(tests: &[&str]) -> Cargo {
    let tests = tests.iter().flat_map(|test| ["--test", *test]);
    let cargo = cargo_test().arg("--workspace").args(tests);
    cargo.args(["--", "--ignored"])
}

fn test(arguments: Vec<OsString>) -> Result {
    let mut cargo = cargo_test();
    if !names_packages(&arguments) {
        cargo = cargo.arg("--workspace");
    }
    let ignored = wants_ignored(&arguments);
    let only_guests = names_guests(&arguments);
    if ignored && only_guests {
        modules::build()?;
    }
    let broker = (ignored && !only_guests).then(Broker::find).flatten();
    let cargo = cargo.args(arguments);
    match broker {
        Some(broker) => broker.tell(cargo).args(broker.skipped()).run(),
        // Servers that are started by other tests have nothing to tell it.
        None => cargo.without_env(broker::HOSTNAME).run(),
    }
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

/// Whether the tests are those of the example modules, which need no broker.
fn names_guests(arguments: &[OsString]) -> bool {
    let mut pairs = arguments.windows(2);
    pairs.any(|pair| pair == ["--test", "guests"])
}

/// What is ignored without this command is what needs a broker, or the example modules.
fn wants_ignored(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip_while(|argument| *argument != "--")
        .any(|argument| argument == "--ignored" || argument == "--include-ignored")
}

#[cfg(test)]
mod tests {
    use super::{names_guests, names_packages, wants_ignored};
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
    fn the_tests_of_the_modules_are_known_by_their_name() {
        let names = |text| names_guests(&words(text));
        assert!(names("-p functions-host --test guests -- --ignored"));
        assert!(!names("-p functions-host guests -- --ignored"));
    }

    #[test]
    fn a_broker_is_looked_for_where_ignored_tests_are_to_run() {
        assert!(wants_ignored(&words(
            "-p functions-tests -- --ignored no_route"
        )));
        assert!(wants_ignored(&words("-- --nocapture --include-ignored")));
        assert!(!wants_ignored(&words(
            "-p functions-core ignored -- --nocapture"
        )));
    }
}
