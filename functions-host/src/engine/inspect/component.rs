//! Whether a component is a command of WASI 0.2.

use super::screen::Found;
use crate::engine::refusal::Refusal;

const RUN: &str = "wasi:cli/run@0.2.";

/// The packages of the world `wasi:cli/command`.
const PACKAGES: &[&str] = &["cli", "clocks", "filesystem", "io", "random", "sockets"];

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
    PACKAGES.contains(&package)
        && interface
            .split_once('@')
            .is_some_and(|(_, version)| version.starts_with("0.2."))
}

fn help(interface: &str) -> &'static str {
    if interface.starts_with("wasi:http/") {
        "; components reach the network only where it was granted"
    } else if interface.starts_with("wasi:") {
        "; it offers version 0.2 of the packages cli, clocks, filesystem, io, random and sockets"
    } else {
        "; it offers what the world `wasi:cli/command` has"
    }
}
