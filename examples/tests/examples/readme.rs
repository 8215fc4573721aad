//! What the documentation shows is what happens.
//!
//! Each ```` ```console ```` block holds calls with `curl` and the answers to them; a
//! word after `console` names the example that is called, `server` without one. `…` in
//! an answer stands for whatever is different each time.
//!
//! With `UPDATE_README=1` the tables of variables are written anew.

use std::collections::HashMap;
use std::path::PathBuf;

use functions_core::config::Part;
use functions_tests::Server;
use reqwest::{Client, Method};

use crate::start;

const DOCUMENTS: [&str; 3] = [
    "README.md",
    "examples/README.md",
    "functions-core/README.md",
];

fn path(document: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join(document)
}

fn read(document: &str) -> String {
    std::fs::read_to_string(path(document)).expect(document)
}

#[test]
fn the_readme_lists_every_variable() {
    let mut readme = read("README.md");
    for (part, name) in [
        (Part::Server, "variables"),
        (Part::Events, "variables of events"),
    ] {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = readme.split_once(&begin).unwrap();
        let (table, after) = rest.split_once(&end).unwrap();
        let expected = functions_core::config::markdown(part);
        if std::env::var_os("UPDATE_README").is_some() {
            readme = [before, &begin, &expected, &end, after].concat();
            std::fs::write(path("README.md"), &readme).unwrap();
        } else {
            assert_eq!(
                table, expected,
                "UPDATE_README=1 cargo test -p functions-examples writes the tables"
            );
        }
    }
}

/// A command, and the answer that is shown for it.
struct Shown {
    document: &'static str,
    example: String,
    command: String,
    answer: String,
}

/// Everything in the blocks of a document.
fn shown(document: &'static str) -> Vec<Shown> {
    let text = read(document);
    let mut all: Vec<Shown> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(example) = line.strip_prefix("```console") else {
            continue;
        };
        let example = match example.trim() {
            "" => "server",
            example => example,
        };
        for line in lines.by_ref().take_while(|line| *line != "```") {
            match line.strip_prefix("$ ") {
                Some(command) => all.push(Shown {
                    document,
                    example: example.to_owned(),
                    command: command.to_owned(),
                    answer: String::new(),
                }),
                None => {
                    let last = all.last_mut().expect("a command comes first");
                    match last.command.strip_suffix('\\') {
                        Some(begun) => last.command = begun.to_owned() + line.trim_start(),
                        None => last.answer += line,
                    }
                }
            }
        }
    }
    all
}

/// The words of a command: quoted in `'…'`, or between spaces.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Does what `curl` would do, and gives the body of the answer.
async fn curl(command: &str, server: &Server) -> String {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"), "{command}");
    let (mut url, mut method, mut headers, mut body) = (None, Method::GET, Vec::new(), None);
    while let Some(word) = words.next() {
        match &*word {
            "-d" => (method, body) = (Method::POST, words.next()),
            "-H" => headers.push(words.next().expect("a header follows")),
            "--json" => {
                headers.push("content-type: application/json".to_owned());
                (method, body) = (Method::POST, words.next());
            }
            option if option.starts_with('-') => panic!("{option} is not known here: {command}"),
            _ => url = Some(word),
        }
    }
    let url = url.expect("there is a URL");
    let path = url
        .strip_prefix("localhost:8000")
        .expect("the server's URL");
    let mut request = Client::new().request(method, server.url(path));
    for header in &headers {
        let (name, value) = header.split_once(": ").expect("name: value");
        request = request.header(name, value);
    }
    if let Some(body) = body {
        let is_typed = |header: &String| header.to_lowercase().starts_with("content-type: ");
        if !headers.iter().any(is_typed) {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        request = request.body(body);
    }
    request.send().await.unwrap().text().await.unwrap()
}

/// Whether an answer is the one that is shown.
fn fits(shown: &str, given: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = given.strip_prefix(first) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
        open = part.is_empty();
    }
    open || rest.is_empty()
}

#[tokio::test]
async fn every_call_that_is_shown_is_answered_as_it_is_shown() {
    let mut servers: HashMap<String, Server> = HashMap::new();
    let mut wrong = Vec::new();
    for shown in DOCUMENTS.into_iter().flat_map(shown) {
        if cfg!(not(feature = "sqlite")) && shown.example == "state" {
            continue;
        }
        if !servers.contains_key(&shown.example) {
            let server = start(&shown.example).await;
            servers.insert(shown.example.clone(), server);
        }
        let given = curl(&shown.command, &servers[&shown.example]).await;
        if !fits(&shown.answer, &given) {
            let Shown {
                document, command, ..
            } = shown;
            wrong.push(format!("{document}: {command}\n{given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_differs_each_time_is_left_open_and_nothing_else() {
    assert!(fits(
        "{\"id\":\"…\",\"ok\":true}",
        "{\"id\":\"7\",\"ok\":true}"
    ));
    assert!(fits("[1,…", "[1,2,3]"));
    assert!(!fits(
        "{\"id\":\"…\",\"ok\":true}",
        "{\"id\":\"7\",\"ok\":false}"
    ));
    assert!(!fits("8", "80"));
    assert!(fits("8", "8"));
}
