//! The walls of the host, as `ARCHITECTURE.md` draws them.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

use std::fs;
use std::path::{Path, PathBuf};

/// What the sources of a room may not name.
const WALLS: [(&str, &[&str]); 16] = [
    ("tenant", &["crate::", "axum", "http::"]),
    ("database", &["crate::", "axum", "http::", "sqlx"]),
    (
        "egress",
        &["crate::", "axum", "wasmtime", "sqlx", "rusqlite"],
    ),
    (
        "postgres",
        &["crate::", "axum", "http::", "wasmtime", "rusqlite"],
    ),
    (
        "metrics",
        &["crate::", "axum", "http::", "wasmtime", "sqlx", "rusqlite"],
    ),
    (
        "s3",
        &[
            "crate::assets",
            "crate::bus",
            "crate::database",
            "crate::engine",
            "crate::executions",
            "crate::modules",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "wasmtime",
            "sqlx",
            "rusqlite",
        ],
    ),
    (
        "modules",
        &[
            "crate::assets",
            "crate::bus",
            "crate::database",
            "crate::engine",
            "crate::executions",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "http::",
            "rusqlite",
        ],
    ),
    (
        "policy",
        &[
            "crate::modules",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "Engine",
            "wasmtime",
            "axum",
            "http::",
            "sqlx",
        ],
    ),
    (
        "engine",
        &[
            "crate::assets",
            "crate::bus",
            "crate::database",
            "crate::executions",
            "crate::modules",
            "crate::policy",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "http::",
            "sqlx",
            "rusqlite",
        ],
    ),
    (
        "bus",
        &[
            "crate::assets",
            "crate::engine",
            "crate::executions",
            "crate::modules",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "http::",
            "wasmtime",
        ],
    ),
    (
        "executions",
        &[
            "crate::assets",
            "crate::bus",
            "crate::engine",
            "crate::modules",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "http::",
            "wasmtime",
        ],
    ),
    (
        "assets",
        &[
            "crate::bus",
            "crate::database",
            "crate::engine",
            "crate::executions",
            "crate::modules",
            "crate::worker",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
        ],
    ),
    (
        "knative",
        &[
            "crate::assets",
            "crate::bus",
            "crate::database",
            "crate::egress",
            "crate::engine",
            "crate::executions",
            "crate::modules",
            "crate::policy",
            "crate::worker",
            "crate::api",
            "crate::host",
            "crate::config",
            "axum",
            "http::",
            "wasmtime",
            "sqlx",
            "rusqlite",
        ],
    ),
    (
        "worker",
        &[
            "crate::database",
            "crate::knative",
            "crate::api",
            "crate::host",
            "crate::config",
            "mbedded",
            "axum",
            "http::",
            "sqlx",
            "rusqlite",
            "wasmtime",
        ],
    ),
    (
        "api",
        &[
            "crate::assets",
            "crate::database",
            "crate::host",
            "crate::config",
            "bus::embedded",
            "bus::Embedded",
            "kube::",
            "k8s_openapi",
            "sqlx",
            "rusqlite",
            "wasmtime",
        ],
    ),
    (
        "config",
        &[
            "crate::api",
            "crate::host",
            "crate::worker",
            "mbedded",
            "dyn Bus",
        ],
    ),
];

fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The code of a room, without comments.
fn code(room: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = files(&src.join(room));
    all.push(src.join(room).with_extension("rs"));
    all.retain(|file| file.is_file() && file.extension().is_some_and(|end| end == "rs"));
    all.into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            (file.clone(), code.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// Whether code holds a name, and not only as the end of a longer one.
fn names(code: &str, name: &str) -> bool {
    let longer = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name)
        .any(|(place, _)| !code.get(..place).unwrap_or_default().ends_with(longer))
}

#[test]
fn no_room_knows_what_it_may_not_know() {
    for (room, forbidden) in WALLS {
        let code = code(room);
        assert!(!code.is_empty());
        for (file, code) in code {
            for name in forbidden {
                assert!(!names(&code, name), "{} names {name}", file.display());
            }
        }
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for (file, code) in code("") {
        let is_there = code.contains("unsafe {");
        assert_eq!(
            is_there,
            file.ends_with("artifacts/loading.rs"),
            "{}",
            file.display()
        );
    }
}
