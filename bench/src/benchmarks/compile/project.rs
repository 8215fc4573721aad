//! A generated crate. It goes when it is dropped.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::server::scratch;

/// The number in a source that [`Project::change`] changes.
const CHANGING: &str = "1_000_000";

pub(super) struct Project {
    folder: PathBuf,
    source: String,
}

impl Project {
    /// The least that a user writes.
    pub(super) fn hello() -> Result<Self> {
        Self::write("hello", &on_functions_core(), HELLO.to_owned())
    }

    /// The same by hand.
    pub(super) fn bare_axum() -> Result<Self> {
        const DEPENDENCIES: &str = "\
            axum = \"0.8\"\n\
            serde = { version = \"1\", features = [\"derive\"] }\n\
            tokio = { version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }\n";
        let source = include_str!("../../bin/bare_axum.rs").replace("anyhow::Result<()>", BOXED);
        Self::write("hello-axum", DEPENDENCIES, source)
    }

    /// A server with `count` functions, or with as many that nobody serves.
    pub(super) fn functions(count: usize, served: bool) -> Result<Self> {
        let source = functions_source(count, served);
        let name = if served { "many" } else { "many-unserved" };
        Self::write(name, &on_functions_core(), source)
    }

    fn write(name: &str, dependencies: &str, source: String) -> Result<Self> {
        let folder = scratch()?.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The same versions of everything, and nothing new to download.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::write(folder.join("src/main.rs"), &source)?;
        let project = Self { folder, source };
        project.cargo(&["fetch"])?;
        Ok(project)
    }

    /// Runs cargo in the crate and tells how long that took.
    ///
    /// # Errors
    /// It fails; the message holds what cargo printed.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Result<Duration> {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("CARGO_INCREMENTAL");
        let begun = Instant::now();
        let output = command.output().context("cannot start cargo")?;
        let taken = begun.elapsed();
        ensure!(
            output.status.success(),
            "`cargo {}` failed in {}:\n{}",
            arguments.join(" "),
            self.folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(taken)
    }

    /// Changes the body of one function; each `number` to another one.
    pub(super) fn change(&self, number: u32) -> Result<()> {
        let source = self.source.replace(CHANGING, &number.to_string());
        fs::write(self.folder.join("src/main.rs"), source)?;
        Ok(())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // Left behind it takes room, and the next run removes it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const HELLO: &str = "\
use functions_core::{FunctionServer, function};

/// Adds two numbers together.
#[function]
async fn add_numbers(a: i64, b: i64) -> i64 {
    a + b
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}
";
const BOXED: &str = "Result<(), Box<dyn std::error::Error>>";

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn on_functions_core() -> String {
    // In TOML a string in single quotes has no escapes.
    format!(
        "functions-core = {{ path = '{}' }}\n\
         schemars = \"1\"\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n",
        root().join("functions-core").display()
    )
}

/// Three of four take numbers, the fourth takes a struct and may fail.
fn functions_source(count: usize, served: bool) -> String {
    let attribute = if served { "#[function]\n" } else { "" };
    let import = if served { "function, " } else { "" };
    let mut source = format!(
        "#![allow(dead_code)]\n\
         use functions_core::{{{import}FunctionServer}};\n\n\
         #[derive(serde::Deserialize, schemars::JsonSchema)]\n\
         struct Order {{ id: String, lines: Vec<Line>, note: Option<String> }}\n\n\
         #[derive(serde::Deserialize, schemars::JsonSchema)]\n\
         struct Line {{ amount: u32, price: f64 }}\n\n\
         #[derive(serde::Serialize, schemars::JsonSchema)]\n\
         struct Total {{ id: String, total: f64 }}\n\n\
         fn main() -> functions_core::Result<()> {{ FunctionServer::new().start() }}\n"
    );
    for number in 0..count {
        let function = match number % 4 {
            0 => format!(
                "async fn total_{number}(order: Order, discount: Option<f64>) -> Result<Total, String> {{\n\
                 \x20   if order.lines.is_empty() {{ return Err(\"nothing ordered\".into()); }}\n\
                 \x20   let total: f64 = order.lines.iter().map(|l| f64::from(l.amount) * l.price).sum();\n\
                 \x20   Ok(Total {{ id: order.id, total: total - discount.unwrap_or({number}.0) }})\n}}\n"
            ),
            _ => format!(
                "async fn add_{number}(a: i64, b: i64) -> i64 {{ a + b + {} }}\n",
                if number == 1 { CHANGING } else { "1" }
            ),
        };
        // Writing to a string does not fail.
        let _ = write!(
            source,
            "\n/// Function number {number}.\n{attribute}{function}"
        );
    }
    source
}

#[cfg(test)]
mod tests {
    use super::{CHANGING, functions_source};

    #[test]
    fn as_many_functions_as_asked_for_and_one_place_to_change() {
        let source = functions_source(200, true);
        assert_eq!(source.matches("#[function]").count(), 200);
        assert_eq!(source.matches("\nasync fn ").count(), 200);
        assert_eq!(source.matches(CHANGING).count(), 1);
        assert!(!functions_source(200, false).contains("function]"));
    }
}
