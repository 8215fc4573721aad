//! `cargo xtask soak`: many requests on Pulsar while hosts and the broker go and come back.

use std::ffi::OsString;

use lexopt::{Arg, ValueExt as _};

use crate::cargo::Cargo;
use crate::{Command, Result, pulsar};

/// The options, the variable that tells the test of each, and what it is unless said.
const OPTIONS: [(&str, &str, Option<u64>); 6] = [
    ("requests", "FUNCTIONS_TEST_SOAK_REQUESTS", Some(100_000)),
    ("tenants", "FUNCTIONS_TEST_SOAK_TENANTS", Some(5)),
    ("hosts", "FUNCTIONS_TEST_SOAK_HOSTS", Some(2)),
    ("host-kills", "FUNCTIONS_TEST_SOAK_HOST_KILLS", Some(20)),
    (
        "broker-restarts",
        "FUNCTIONS_TEST_SOAK_BROKER_RESTARTS",
        Some(5),
    ),
    ("seed", "FUNCTIONS_TEST_SOAK_SEED", None),
];

pub(crate) const COMMAND: Command = Command {
    name: "soak",
    about: "send requests over Pulsar by the hundred thousand while hosts and the broker are killed",
    help: "\
Usage: cargo xtask soak [OPTIONS]

Sends requests to a Pulsar of its own, steadily, and has hosts carry them out. Meanwhile
hosts are killed with SIGKILL and started again, and the broker is killed or asked to end,
in turns, and started again. At the end each request has to have its completion, and of
those with the same execution id it has to have one. Prints what happened when, how many
completions were repeats, the time, and the memory of the hosts. Where it does not hold,
the requests that lack a completion are listed, and the command fails.

The broker is one of Docker or of Java and Maven, as for `cargo xtask test`, which does
the same with a few.

Options:
  --requests N          requests, of all tenants [100000]
  --tenants N           tenants, a namespace each [5]
  --hosts N             hosts that share them [2]
  --host-kills N        how often a host is killed [20]
  --broker-restarts N   how often the broker ends and comes back [5]
  --seed N              what makes up the moments at which it happens [another each time]
  -h, --help            this text
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    let variables = read(arguments)?;
    let made = pulsar::make().ok_or("There is nothing to make a Pulsar of, see above.")?;
    let test = ["--release", "--package", "functions-host"];
    let cargo = Cargo::new("test").args(test).args(["--test", "pulsar"]);
    let cargo = cargo.args(["--", "--ignored", "--nocapture", "faults::soak"]);
    let cargo = made
        .iter()
        .fold(cargo, |cargo, (name, value)| cargo.hidden_env(name, value));
    let told = variables.iter();
    told.fold(cargo, |cargo, (name, value)| {
        cargo.env(name, &value.to_string())
    })
    .run()
}

/// What the test is told.
fn read(arguments: Vec<OsString>) -> Result<Vec<(&'static str, u64)>> {
    let mut said = OPTIONS;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let place = match argument {
            Arg::Long(name) => OPTIONS.iter().position(|(known, ..)| *known == name),
            _ => None,
        };
        let Some((_, _, number)) = place.and_then(|place| said.get_mut(place)) else {
            return Err(argument.unexpected().into());
        };
        *number = Some(parser.value()?.parse()?);
    }
    // Without the first three of them there is nothing to do.
    let mut first = said.iter().take(3);
    if let Some((name, ..)) = first.find(|(.., number)| *number == Some(0)) {
        return Err(format!("--{name} is 1 at least, see --help").into());
    }
    let told = said.into_iter();
    Ok(told
        .filter_map(|(_, variable, number)| Some((variable, number?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{COMMAND, OPTIONS, read};
    use std::ffi::OsString;

    fn told(words: &str) -> super::Result<Vec<(&'static str, u64)>> {
        read(words.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn the_help_names_every_option_and_states_the_defaults() {
        for (name, _, default) in OPTIONS {
            let line = COMMAND.help.lines();
            let line = line
                .map(str::trim)
                .find(|line| line.starts_with(&format!("--{name} N")));
            let default = default.map_or_else(String::new, |default| format!("[{default}]"));
            assert!(
                line.unwrap().ends_with(&default) || default.is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_said_goes_before_the_default_and_a_seed_is_told_where_one_is_said() {
        let value = |words: &str, variable: &str| {
            let told = told(words).unwrap();
            let found = told.into_iter().find(|(known, _)| *known == variable);
            found.map(|(_, number)| number)
        };
        let (requests, seed) = ("FUNCTIONS_TEST_SOAK_REQUESTS", "FUNCTIONS_TEST_SOAK_SEED");
        assert_eq!(value("", requests), Some(100_000));
        assert_eq!(value("--requests 7 --seed=9", requests), Some(7));
        assert_eq!(value("", seed), None);
        assert_eq!(value("--seed 9", seed), Some(9));
    }

    #[test]
    fn what_is_no_option_or_no_number_is_refused() {
        for wrong in ["--fast", "7", "--requests", "--requests few", "--tenants 0"] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }
}
