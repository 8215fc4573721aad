//! The README says what to do about each line of the log that tells of trouble with
//! events. What it quotes is what the log says.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../README.md");

/// All text of the sources of a folder, with what is broken over lines put together.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else {
            let source = fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = source.lines().map(str::trim_start).collect();
            text += &lines.join("\n").replace("\\\n", "");
        }
    }
    text
}

#[test]
fn what_the_readme_quotes_of_the_log_is_what_the_log_says() {
    let (_, table) = README
        .split_once("| the log says | with | what to do |\n| --- | --- | --- |\n")
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = sources(&src.join("events")) + &sources(&src.join("config"));
    let mut quoted = 0;
    for row in rows {
        let cells: Vec<_> = row.split(" | ").take(2).collect();
        for quote in cells.join(" ").split('`').skip(1).step_by(2) {
            let quote = quote.trim_end_matches('…').trim_end();
            assert!(
                sources.contains(quote),
                "the log never says {quote:?}: {row}"
            );
            quoted += 1;
        }
    }
    assert!(quoted > 20, "{quoted}");
}
