//! The walls of the crate, as the table in `ARCHITECTURE.md` draws them: a room uses
//! those that its row names, and no others.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it goes wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");

/// Crates that speak HTTP.
const HTTP: [&str; 7] = [
    "axum::",
    "http::",
    "http_body",
    "hyper::",
    "hyper_util::",
    "tower::",
    "tower_http::",
];

/// A row of the table.
#[derive(Debug)]
struct Room {
    uses: BTreeSet<String>,
    knows_http: bool,
    knows_environment: bool,
}

/// The words of a cell that are in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The rooms of the table, each module by its name.
fn rooms() -> BTreeMap<String, Room> {
    let (_, table) = ARCHITECTURE
        .split_once("| room |")
        .expect("there is a table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut rooms = BTreeMap::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        let [names, _, uses] = cells[..] else {
            panic!("{row} has not three cells");
        };
        let names: Vec<_> = quoted(names).collect();
        for name in &names {
            let room = Room {
                // Modules of one row are one room.
                uses: names.iter().cloned().chain(quoted(uses)).collect(),
                knows_http: uses.contains("HTTP"),
                knows_environment: uses.contains("the environment"),
            };
            rooms.insert(name.clone(), room);
        }
    }
    rooms
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// All code of a module but its tests and comments.
fn code_of(module: &str) -> Vec<(PathBuf, String)> {
    let mut files = files_below(&source().join(module));
    files.push(source().join(module).with_extension("rs"));
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "tests"));
    files.retain(|file| file.file_stem().is_none_or(|stem| stem != "tests"));
    let code = files.into_iter().map(|file| {
        let text = fs::read_to_string(&file).expect("a module has a file");
        let code = text.split("#[cfg(test)]\nmod tests {").next();
        let lines = code.unwrap_or_default().lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        (file, code.collect::<Vec<_>>().join("\n"))
    });
    code.collect()
}

/// Which modules of the crate some code names: `crate::name`, and each of
/// `crate::{name, other::Thing}`.
fn named(code: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.extend([word(after)]),
            Some(group) => {
                let group = group.split(';').next().unwrap_or_default();
                found.extend(group.split([',', '{', '}']).map(|item| word(item.trim())));
            }
        }
    }
    found.retain(|name| modules.contains(name));
    found
}

#[test]
fn every_module_has_a_room() {
    let mut modules: BTreeSet<_> = fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    modules.remove("lib");
    assert_eq!(modules, rooms().into_keys().collect());
}

#[test]
fn a_room_uses_those_that_it_may_know_and_no_others() {
    let rooms = rooms();
    let modules = rooms.keys().cloned().collect();
    for (name, room) in &rooms {
        for (file, code) in code_of(name) {
            let file = file.display();
            for used in named(&code, &modules) {
                assert!(
                    used == *name || room.uses.contains(&used),
                    "{file}: `{name}` may not know `{used}`"
                );
            }
            let http = HTTP.iter().find(|library| code.contains(*library));
            assert!(
                http.is_none() || room.knows_http,
                "{file}: `{name}` may not know HTTP, and names {http:?}"
            );
            assert!(
                !code.contains("env::var") || room.knows_environment,
                "{file}: `{name}` may not know the environment"
            );
        }
    }
}

#[test]
fn a_module_is_found_however_it_is_named() {
    let modules = ["config", "server", "state"].map(str::to_owned).into();
    let found = |code| named(code, &modules).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::config::Config;"), ["config"]);
    assert_eq!(
        found("use crate::{\n    FunctionServer, server::{Error, Result},\n    state,\n};"),
        ["server", "state"]
    );
    assert_eq!(found("let x: crate::state::State<T>;"), ["state"]);
    assert!(found("use crate::FunctionServer;").is_empty());
}
