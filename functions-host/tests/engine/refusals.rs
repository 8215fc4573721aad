//! What the author of a module hears when it is not taken. The texts are golden: they
//! are read by people.

use functions_host::engine::Refusal;

use crate::bench::{Bench, binary, echo};

/// What is said of a module that fails at the first look.
fn said(module: &[u8]) -> String {
    Bench::new()
        .engine
        .inspect(module, "run")
        .unwrap_err()
        .to_string()
}

fn said_of(wat: &str) -> String {
    said(&binary(wat))
}

#[test]
fn text_is_told_from_a_module() {
    let text = "this is WebAssembly text; the binary form is needed (`wat2wasm module.wat`)";
    assert_eq!(said(echo().as_bytes()), text);
    assert_eq!(said(b";; a comment\n\n ( module)"), text);
    assert_eq!(said(b"(; a comment ;) (component)"), text);
}

#[test]
fn what_is_compiled_already_is_never_loaded() {
    let engine = wasmtime::Engine::new(wasmtime::Config::new().gc_support(false)).unwrap();
    let text = "this module is compiled to machine code already, which is never run here; \
                the `.wasm` file it was made from is needed";
    let module = engine.precompile_module(&binary(&echo())).unwrap();
    assert_eq!(said(&module), text);
    let component = engine.precompile_component(&binary("(component)")).unwrap();
    assert_eq!(said(&component), text);
    assert_eq!(said(b"\x7fELF\x02\x01\x01"), text);
}

#[test]
fn other_files_are_told_by_their_first_bytes() {
    let end = "; a module begins with `00 61 73 6d` (\"\\0asm\")";
    let begins = |with: &str| format!("this is no WebAssembly: it begins with {with}{end}");
    assert_eq!(said(b""), begins("nothing"));
    assert_eq!(said(b"\0as"), begins("`00 61 73`"));
    assert_eq!(
        said(b"GIF89a and so on"),
        begins("`47 49 46 38 39 61 20 61`")
    );
    assert_eq!(said(b"(modem)"), begins("`28 6d 6f 64 65 6d 29`"));
}

#[test]
fn a_module_that_was_cut_off_is_not_valid() {
    // Behind the code there are names only, without which it is whole.
    let module = binary(&echo());
    let engine = Bench::new().engine;
    let taken: Vec<_> = (8..module.len())
        .filter(|length| engine.inspect(&module[..*length], "run").is_ok())
        .collect();
    assert_eq!(taken.len(), 1, "cut at {taken:?} of {} bytes", module.len());
}

#[test]
fn a_wrong_signature_is_shown_beside_the_right_one() {
    let with = |run: &str| {
        said_of(&format!(
            r#"(module (memory (export "memory") 1)
                (func (export "allocate") (param i32) (result i32) unreachable) {run})"#
        ))
    };
    assert_eq!(
        with(r#"(func (export "run") (param i32) (result i32) unreachable)"#),
        "exports `run(i32) -> i32`; `run(i32, i32) -> i32` is needed"
    );
    assert_eq!(
        with(r#"(func (export "run") (param i64 f32) unreachable)"#),
        "exports `run(i64, f32)`; `run(i32, i32) -> i32` is needed"
    );
    assert_eq!(
        with(r#"(func (export "run") (param i32 i32) (result i32 i32) unreachable)"#),
        "exports `run(i32, i32) -> (i32, i32)`; `run(i32, i32) -> i32` is needed"
    );
    assert_eq!(
        with(r#"(global (export "run") i32 (i32.const 0))"#),
        "exports `run, which is no function`; `run(i32, i32) -> i32` is needed"
    );
}

#[test]
fn what_lacks_is_named() {
    let needs = "a module of the pointer ABI exports `memory`, `allocate(i32) -> i32` and \
                 `run(i32, i32) -> i32`";
    let run = r#"(func (export "run") (param i32 i32) (result i32) unreachable)"#;
    let allocate = r#"(func (export "allocate") (param i32) (result i32) unreachable)"#;
    assert_eq!(
        said_of(&format!("(module {run})")),
        format!("exports no `allocate(i32) -> i32`; {needs}")
    );
    assert_eq!(
        said_of(&format!("(module {allocate})")),
        format!("exports no `run(i32, i32) -> i32`; {needs}")
    );
    assert_eq!(
        said_of(&format!("(module {run} {allocate})")),
        format!("exports no `memory`; {needs}")
    );
    assert_eq!(
        said_of(&format!(
            r#"(module {run} {allocate} (func (export "memory")))"#
        )),
        "exports `memory, which is no memory`; `memory, as a memory` is needed"
    );
    assert_eq!(
        said_of("(module)"),
        "exports no `run(i32, i32) -> i32`; a module exports either `memory`, \
         `allocate(i32) -> i32` and `run(i32, i32) -> i32` (pointer ABI), or `_start()` \
         (WASI command)"
    );
}

#[test]
fn an_import_that_is_not_there_is_named_with_a_way_out() {
    let pointer = |import: &str| {
        said_of(&format!(
            r#"(module {import} (memory (export "memory") 1)
                (func (export "allocate") (param i32) (result i32) unreachable)
                (func (export "run") (param i32 i32) (result i32) unreachable))"#
        ))
    };
    assert_eq!(
        pointer(r#"(import "env" "abort" (func (param i32 i32 i32 i32)))"#),
        "imports `env` `abort`, which this host does not offer; AssemblyScript leaves it out \
         with `--use abort=`"
    );
    assert_eq!(
        pointer(r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))"#),
        "imports `wasi_snapshot_preview1` `proc_exit`, which this host does not offer; a module \
         of the pointer ABI imports nothing: build it without WASI (`--target \
         wasm32-unknown-unknown`), or as a command that exports `_start`"
    );
    assert_eq!(
        pointer(r#"(import "evil" "table" (table 1 funcref))"#),
        "imports `evil` `table`, which this host does not offer"
    );
    assert_eq!(
        said_of(
            r#"(module (import "wasi_snapshot_preview1" "proc_spawn" (func))
                (func (export "_start")))"#
        ),
        "imports `wasi_snapshot_preview1` `proc_spawn`, which this host does not offer; WASI \
         preview 1 has no such function"
    );
}

#[tokio::test]
async fn an_import_of_a_wrong_type_is_refused_when_it_is_linked() {
    let refused = Bench::new()
        .refusal(
            r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i64)))
                (func (export "_start")))"#,
        )
        .await;
    assert!(
        matches!(&refused, Refusal::Link(why) if why.contains("fd_write")),
        "{refused}"
    );
}

#[test]
fn proposals_that_are_turned_off_are_named() {
    let with = |part: &str| said_of(&format!("(module {part})"));
    for (part, name) in [
        ("(memory i64 1)", "memory64"),
        ("(memory 1 1 shared)", "threads"),
        ("(memory 1 (pagesize 1))", "custom page sizes"),
        ("(type (struct (field i32)))", "gc"),
        ("(tag)", "exceptions"),
    ] {
        let said = with(part);
        assert!(said.starts_with("not a valid module: "), "{said}");
        assert!(said.contains(name), "{name} is not in {said:?}");
    }
    assert_eq!(
        with("(memory 1) (memory 1)"),
        "memories of a module: 2 found, at most 1 allowed"
    );
}
