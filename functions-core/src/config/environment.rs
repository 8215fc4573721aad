//! From the variables of a process and its `.env` to a layer.

use std::collections::HashMap;
use std::ffi::OsString;

use confique::Layer as _;
use serde::Deserialize as _;

use super::error::Fault;
use super::rows::{self, Row};
use super::text::Text;

/// Variables with these prefixes are this server's: one that is unknown is a mistake.
const PREFIXES: [&str; 2] = ["CRBR_FUNCTIONS_", "CRBR_RABBITMQ_"];

/// How many letters a mistyped name may be off.
const NEAR: usize = 3;

/// What was read.
pub(super) struct Read<C: confique::Config> {
    pub(super) layer: C::Layer,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<String>,
}

/// Reads all variables of `C`. The environment wins over `dotenv`; a variable that
/// is set to nothing is not set.
pub(super) fn read<C: confique::Config>(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    dotenv: Vec<(String, String)>,
) -> Read<C> {
    let dotenv = dotenv.into_iter().map(|(name, value)| (name, value.into()));
    let environment = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let set: HashMap<String, OsString> = dotenv
        .chain(environment)
        .filter(|(_, value)| !value.is_empty())
        .collect();

    let rows = rows::of::<C>();
    let mut layer = C::Layer::empty();
    let mut faults = Vec::new();
    for row in &rows {
        match value_of::<C>(row, &set) {
            Ok(Some(value)) => layer = layer.with_fallback(value),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    Read {
        layer,
        faults,
        warnings: warnings(&set, &rows),
    }
}

/// A layer that holds this one value.
fn value_of<C: confique::Config>(
    row: &Row,
    set: &HashMap<String, OsString>,
) -> Result<Option<C::Layer>, Fault> {
    let names = [Some(row.variable), row.otherwise];
    let found = names
        .into_iter()
        .flatten()
        .find_map(|name| Some((name, set.get(name)?)));
    let Some((variable, value)) = found else {
        return Ok(None);
    };
    let allowed = || row.allowed.replace('`', "");
    let Some(text) = value.to_str() else {
        return Err(Fault::NotText {
            variable,
            allowed: allowed(),
        });
    };
    let path = &row.path;
    match C::Layer::deserialize(Text { path, text }) {
        Ok(layer) => Ok(Some(layer)),
        Err(_) => Err(Fault::Variable {
            variable,
            value: (!row.secret).then(|| text.to_owned()),
            allowed: allowed(),
        }),
    }
}

fn warnings(set: &HashMap<String, OsString>, rows: &[Row]) -> Vec<String> {
    let mut unknown: Vec<_> = set
        .keys()
        .filter(|name| PREFIXES.iter().any(|own| name.starts_with(own)))
        .filter(|name| rows.iter().all(|row| row.variable != name.as_str()))
        .collect();
    unknown.sort_unstable();
    unknown
        .into_iter()
        .map(|name| {
            let nearest = rows
                .iter()
                .map(|row| (strsim::levenshtein(name, row.variable), row.variable))
                .min()
                .filter(|(distance, _)| *distance <= NEAR);
            match nearest {
                Some((_, known)) => {
                    format!("{name} is not a known variable; did you mean {known}?")
                }
                None => format!("{name} is not a known variable; CRBR_FUNCTIONS_HELP=1 lists all"),
            }
        })
        .collect()
}
