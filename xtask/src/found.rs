//! A server that was found for the tests.

use crate::cargo::Cargo;

/// What the tests are told of one server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is called where it is started, as in the paths of its tests.
    pub(crate) name: &'static str,
    /// What says how it is reached, or how one is made.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Whether one is there that the tests may share. Else one is started for them.
    pub(crate) is_there: bool,
    /// Whether tests can start one of their own, to do harm to.
    pub(crate) is_made: bool,
    /// What has to be left out, since something else lacks: those whose path has this in it.
    pub(crate) left_out: Option<&'static str>,
}

/// Has the tests start servers in Docker where nothing else is said.
pub(crate) const DOCKER: &str = "FUNCTIONS_TEST_DOCKER";

impl Found {
    /// Tells a run of tests. The values are not shown: one may hold a password.
    pub(crate) fn tell(&self, cargo: Cargo) -> Cargo {
        let variables = self.variables.iter();
        variables.fold(cargo, |cargo, (name, value)| cargo.hidden_env(name, value))
    }

    /// What a run of its tests leaves out.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = &'static str> {
        self.left_out
            .into_iter()
            .flat_map(|left_out| ["--skip", left_out])
    }
}
