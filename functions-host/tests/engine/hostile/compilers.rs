//! Modules that pass every count, and take the compiler too long or too much.

use std::time::Duration;

use functions_host::engine::{EngineConfig, PrepareError, Refusal};

use crate::bench::{Bench, binary, echo, output, pointer};

/// Loops in each other, around locals that all change: each loop has to merge each local.
/// These eleven kilobytes keep the fastest machine busy for much longer than a second.
fn slow() -> String {
    let body: String = (0..600)
        .map(|i| {
            let (to, other) = (1 + i, 1 + i * 7 % 600);
            format!("(local.set {to} (call 0 (i32.xor (local.get {to}) (local.get {other}))))")
        })
        .collect();
    let locals = "(local i32)".repeat(600);
    let (begin, end) = ("(loop ".repeat(600), "(br_if 0 (local.get 1)))".repeat(600));
    let function =
        format!("(func (param i32) (result i32) {locals} {begin} {body} {end} (local.get 0))");
    pointer("(i32.const 0)").replace("(global", &format!("{function} (global"))
}

async fn refused(change: impl FnOnce(&mut EngineConfig)) -> (Bench, Refusal) {
    let bench = Bench::with(change);
    let refused = bench.refusal(&slow()).await;
    (bench, refused)
}

fn left_behind(bench: &Bench) -> usize {
    let artifacts = std::fs::read_dir(bench.folder.path().join("artifacts")).unwrap();
    artifacts
        .map(|setup| std::fs::read_dir(setup.unwrap().path()).unwrap().count())
        .sum()
}

#[tokio::test]
async fn a_clock_on_the_wall_ends_a_compilation() {
    let moment = Duration::from_millis(1);
    let (bench, refusal) = refused(|config| config.compiler.wall_clock = moment).await;
    assert_eq!(refusal, Refusal::CompileTime(moment));
    assert_eq!(left_behind(&bench), 0);
}

#[tokio::test]
async fn the_limit_of_cpu_time_ends_a_compilation() {
    let second = Duration::from_secs(1);
    let (bench, refusal) = refused(|config| config.compiler.cpu_time = second).await;
    assert_eq!(refusal, Refusal::CompileTime(second));
    assert_eq!(left_behind(&bench), 0);
}

/// One function with hundreds of locals that live through thousands of calls.
fn large() -> String {
    let body: String = (0..12_000)
        .map(|i| {
            let (to, other) = (1 + i % 300, 1 + i * 7 % 300);
            format!("(local.set {to} (call 0 (i32.xor (local.get {to}) (local.get {other}))))")
        })
        .collect();
    let locals = "(local i32)".repeat(300);
    let function = format!(
        "(func (param i32) (result i32) {locals}
            (loop {body} (br_if 0 (local.get 1))) (local.get 0))"
    );
    pointer("(i32.const 0)").replace("(global", &format!("{function} (global"))
}

#[tokio::test]
async fn the_limit_of_memory_ends_a_compilation_and_the_next_module_compiles() {
    let memory = 32 << 20;
    let bench = Bench::with(|config| config.compiler.memory = memory);
    let refusal = bench.refusal(&large()).await;
    assert_eq!(refusal, Refusal::CompileMemory(memory), "{refusal}");
    assert_eq!(left_behind(&bench), 0);
    assert_eq!(output(&bench.run(&echo(), "well").await), "well");
}

#[tokio::test]
async fn a_compiler_that_is_not_there_is_the_fault_of_the_host() {
    let bench = Bench::with(|config| config.compiler.program = "/nowhere/compiler".into());
    let failed = bench.prepare(&binary(&echo())).await.unwrap_err();
    let PrepareError::Host(why) = failed else {
        panic!("expected a fault of the host, got {failed:?}");
    };
    assert!(
        why.starts_with("the compiler `/nowhere/compiler` does not work: "),
        "{why}"
    );
}

#[tokio::test]
async fn a_compiler_that_does_something_else_is_the_fault_of_the_host() {
    for (program, arguments) in [("/bin/true", vec![]), ("/bin/sh", vec!["-c", "exit 9"])] {
        let bench = Bench::with(|config| {
            config.compiler.program = program.into();
            config.compiler.arguments = arguments.into_iter().map(Into::into).collect();
        });
        let failed = bench.prepare(&binary(&echo())).await.unwrap_err();
        assert!(
            matches!(failed, PrepareError::Host(_)),
            "{program}: {failed:?}"
        );
    }
}
