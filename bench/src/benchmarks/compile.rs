//! `compile`: what the SDK costs those who wait for their compiler.
//!
//! Generated crates, outside of this workspace and with target folders of their
//! own, are built as a user builds them. There is no bound to keep, the figures
//! stand beside those of a twin: a hello on bare axum, and functions that lack
//! their attribute.

mod project;

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::Benchmark;
use crate::report::{Report, Table};
use crate::settings::Settings;
use crate::statistics::Summary;
use project::Project;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "compile",
    run,
};

const FUNCTIONS: usize = 200;
const CHANGES: usize = 5;

fn run(_: &Settings) -> Result<Report> {
    let hello = clean(&Project::hello()?)?;
    let axum = clean(&Project::bare_axum()?)?;
    let with = changed(&Project::functions(FUNCTIONS, true)?)?;
    let without = changed(&Project::functions(FUNCTIONS, false)?)?;

    let mut builds = Table::new("clean build of a hello, s", &["", "debug", "release"]);
    builds.row("with #[function]", hello.map(seconds));
    builds.row("on bare axum", axum.map(seconds));

    let title = format!("after a change to one of {FUNCTIONS} functions, s: median of {CHANGES}");
    let mut rebuilds = Table::new(title, &["", "cargo build", "cargo check"]);
    let figures = |figures: [Summary; 2]| figures.map(|figure| format!("{figure:.2}"));
    rebuilds.row("with #[function]", figures(with));
    rebuilds.row("without", figures(without));

    let clean = |[debug, release]: [Duration; 2]| json!({"debug_s": debug.as_secs_f64(), "release_s": release.as_secs_f64()});
    let changed = |[build, check]: [Summary; 2]| json!({"build_s": build, "check_s": check});
    Ok(Report {
        name: BENCHMARK.name,
        tables: vec![builds, rebuilds],
        goals: Vec::new(),
        figures: json!({
            "clean": {"functions": clean(hello), "bare_axum": clean(axum)},
            "changed": {"functions": changed(with), "without_attribute": changed(without)},
        }),
    })
}

fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}

/// A debug and a release build that find nothing built.
fn clean(project: &Project) -> Result<[Duration; 2]> {
    Ok([
        project.cargo(&["build"])?,
        project.cargo(&["build", "--release"])?,
    ])
}

/// Builds and checks after changes, where all else is built.
fn changed(project: &Project) -> Result<[Summary; 2]> {
    let mut number = 0;
    let mut times = |subcommand| {
        project.cargo(&[subcommand])?;
        let mut times = Vec::new();
        for _ in 0..CHANGES {
            number += 1;
            project.change(number)?;
            times.push(project.cargo(&[subcommand])?.as_secs_f64());
        }
        anyhow::Ok(Summary::of(times))
    };
    Ok([times("build")?, times("check")?])
}
