//! Variables with the prefix of the host that are no setting of it.

use clap::{Args as _, Command};

use super::Config;
use crate::cut::cut;
use crate::nearest::nearest;

const PREFIX: &str = "FUNCTIONS_HOST_";

/// How much of a name is shown, in characters.
const SHOWN: usize = 100;

/// A line for each of them in the environment, with the setting that it may have been
/// meant to be.
pub(super) fn warnings() -> Vec<String> {
    let command = Config::augment_args(Command::new(""));
    let known = command.get_arguments().filter_map(|arg| arg.get_env());
    let known: Vec<_> = known
        .filter_map(|name| name.to_str()?.strip_prefix(PREFIX))
        .collect();
    let set = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let mut unknown: Vec<_> = set
        .filter_map(|name| warning(name.strip_prefix(PREFIX)?, &known))
        .collect();
    unknown.sort();
    unknown
}

/// Both without the prefix, which would make all of them alike.
fn warning(name: &str, known: &[&str]) -> Option<String> {
    if known.contains(&name) {
        return None;
    }
    let near: Vec<_> = nearest(name, known.iter().copied())
        .iter()
        .map(|near| format!("{PREFIX}{near}"))
        .collect();
    let meant = match &*near.join(" or ") {
        "" => "see --help for those that are".to_owned(),
        near => format!("did you mean {near}?"),
    };
    let name = cut(name, SHOWN);
    let name = name.escape_debug();
    Some(format!("{PREFIX}{name} is no setting; {meant}"))
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn a_slip_is_told_with_the_setting_that_was_meant_and_a_setting_is_not() {
        let known = ["PORT", "LIMIT_MEMORY_BYTES", "LIMIT_OUTPUT_BYTES"];
        assert_eq!(warning("PORT", &known), None);
        assert_eq!(
            warning("LIMIT_MEMROY_BYTES", &known).unwrap(),
            "FUNCTIONS_HOST_LIMIT_MEMROY_BYTES is no setting; \
             did you mean FUNCTIONS_HOST_LIMIT_MEMORY_BYTES?"
        );
        assert_eq!(
            warning("ZZ", &known).unwrap(),
            "FUNCTIONS_HOST_ZZ is no setting; see --help for those that are"
        );
    }
}
