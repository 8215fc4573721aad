//! Whether a component is a command of WASI 0.2.

use super::screen::Found;
use crate::engine::refusal::Refusal;

const RUN: &str = "wasi:cli/run@0.2.";

/// The packages of the world `wasi:cli/command`.
const PACKAGES: &[&str] = &["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// What is offered of `wasi:http` to those to whom it was granted.
const HTTP: &[&str] = &["types", "outgoing-handler"];

pub(super) fn recognise(found: &Found) -> Result<(), Refusal> {
    if let Some((name, _)) = found.imports.iter().find(|(name, _)| !is_offered(name)) {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        return Err(Refusal::UnknownImport {
            module: interface.to_owned(),
            name: version.to_owned(),
            help: help(interface).to_owned(),
        });
    }
    if found
        .component_exports
        .iter()
        .any(|name| name.starts_with(RUN))
    {
        return Ok(());
    }
    Err(Refusal::Incomplete {
        missing: "wasi:cli/run@0.2".to_owned(),
        needed: if found
            .component_exports
            .iter()
            .any(|name| name.starts_with("wasi:http/"))
        {
            "a component for HTTP is not run here: one of the world `wasi:cli/command` is needed"
        } else {
            "a component of the world `wasi:cli/command` is needed"
        },
    })
}

fn is_offered(name: &str) -> bool {
    let Some((package, interface)) = name
        .strip_prefix("wasi:")
        .and_then(|name| name.split_once('/'))
    else {
        return false;
    };
    let Some((interface, version)) = interface.split_once('@') else {
        return false;
    };
    version.starts_with("0.2.")
        && (PACKAGES.contains(&package) || (package == "http" && HTTP.contains(&interface)))
}

/// The first import of a component that is of use only to reach others by HTTP.
pub(super) fn http(found: &Found) -> Option<String> {
    let mut names = found.imports.iter().map(|(name, _)| name);
    names.find(|name| name.starts_with("wasi:http/")).cloned()
}

fn help(interface: &str) -> &'static str {
    if interface.starts_with("wasi:http/") {
        "; it offers `types` and `outgoing-handler` of version 0.2, to those who were granted it"
    } else if interface.starts_with("wasi:") {
        "; it offers version 0.2 of the packages cli, clocks, filesystem, io, random and sockets"
    } else {
        "; it offers what the world `wasi:cli/command` has"
    }
}
