//! The tests that `cargo test` ignores, by the targets that they are in.

use std::ffi::OsString;

/// What a target needs that not every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// The example modules of functions-host, built for WASM.
    Modules,
    /// A RabbitMQ.
    RabbitMq,
    /// A Pulsar.
    Pulsar,
    /// A PostgreSQL.
    Postgres,
    /// An API server of Kubernetes.
    Kubernetes,
    /// What builds and runs images, and their programs.
    Images,
}

/// Targets that are run together.
#[derive(Debug)]
pub(super) struct Target {
    /// The names of the targets; the tests beside the code, where there is none.
    pub(super) names: &'static [&'static str],
    /// Which of its tests, where not all of them have the same needs: those whose path has
    /// this in it.
    pub(super) only: Option<&'static str>,
    /// What they need, all of it.
    pub(super) needs: &'static [Need],
}

/// All of them. Tests that do harm to a server have `faults` in their path: where it is
/// somebody's, they are left out.
pub(super) const TARGETS: &[Target] = &[
    Target::of(&["guests"], &[Need::Modules]),
    Target::of(&["broker", "announced"], &[Need::RabbitMq]),
    Target::of(&["bus", "pulsar"], &[Need::Pulsar]),
    Target::of(&["postgres"], &[Need::Postgres]),
    Target::of(&["knative"], &[Need::Kubernetes]),
    Target::of(&["images"], &[Need::Images]),
    Target::part(&["servers"], "pulsar::", &[Need::Pulsar]),
    Target::part(&["servers"], "postgres::", &[Need::Postgres]),
    Target::part(&["servers"], "kubernetes::", &[Need::Kubernetes]),
    Target::part(&[], "postgres", &[Need::Postgres]),
];

impl Target {
    const fn of(names: &'static [&'static str], needs: &'static [Need]) -> Self {
        Self {
            names,
            only: None,
            needs,
        }
    }

    const fn part(
        names: &'static [&'static str],
        only: &'static str,
        needs: &'static [Need],
    ) -> Self {
        Self {
            names,
            only: Some(only),
            needs,
        }
    }
}

/// What the tests need that these arguments name. Those that name no target need all
/// servers, but no modules: who wants these tests names them.
pub(super) fn needs_of(arguments: &[OsString]) -> Vec<Need> {
    let named = named(arguments);
    let wanted = |target: &&Target| match named.is_empty() {
        true => target.needs != [Need::Modules],
        false => named
            .iter()
            .any(|name| target.names.contains(&name.as_str())),
    };
    let targets = TARGETS.iter().filter(wanted);
    let mut needs: Vec<_> = targets.flat_map(|target| target.needs).copied().collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn named(arguments: &[OsString]) -> Vec<String> {
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    let arguments = arguments.take_while(|argument| argument != "--");
    let (mut named, mut is_name) = (Vec::new(), false);
    for argument in arguments {
        if is_name {
            named.push(argument.clone().into_owned());
        } else if let Some(name) = argument.strip_prefix("--test=") {
            named.push(name.to_owned());
        }
        is_name = argument == "--test";
    }
    named
}

#[cfg(test)]
mod tests {
    use super::{Need, needs_of};
    use std::ffi::OsString;

    fn needs(words: &str) -> Vec<Need> {
        let words: Vec<_> = words.split_whitespace().map(OsString::from).collect();
        needs_of(&words)
    }

    #[test]
    fn what_a_target_needs_is_known_by_its_name() {
        let guests = needs("-p functions-host --test guests -- --ignored");
        assert_eq!(guests, [Need::Modules]);
        let servers = [Need::Pulsar, Need::Postgres, Need::Kubernetes];
        assert_eq!(needs("--test=servers -- --ignored"), servers);
        let both = needs("--test broker --test guests -- --ignored");
        assert_eq!(both, [Need::Modules, Need::RabbitMq]);
        assert_eq!(needs("--test system -- --ignored"), []);
    }

    #[test]
    fn where_no_target_is_named_all_servers_are_looked_for() {
        let all = [
            Need::RabbitMq,
            Need::Pulsar,
            Need::Postgres,
            Need::Kubernetes,
            Need::Images,
        ];
        assert_eq!(needs("-p functions-tests -- --ignored no_route"), all);
        assert_eq!(needs("-p functions-host guests -- --test guests"), all);
    }
}
