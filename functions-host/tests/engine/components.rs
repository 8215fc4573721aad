//! Components of the world `wasi:cli/command` 0.2.

use functions_host::engine::{Abi, Fault, Limit};

use crate::bench::{Bench, binary, call, echo, fault, output};

/// A component around the body of a core function `run`, which returns 0 for success and
/// 1 for failure. `$say` writes `hello` to the standard output.
fn component(run: &str) -> String {
    component_of("0.2.0", run)
}

fn component_of(version: &str, run: &str) -> String {
    format!(
        r#"(component
        (import "wasi:io/error@{version}" (instance $error
            (export "error" (type (sub resource)))))
        (alias export $error "error" (type $error-type))
        (import "wasi:io/streams@{version}" (instance $streams
            (export "output-stream" (type $stream (sub resource)))
            (alias outer 1 $error-type (type $e))
            (type $failure (variant (case "last-operation-failed" (own $e)) (case "closed")))
            (export "stream-error" (type $stream-error (eq $failure)))
            (export "[method]output-stream.blocking-write-and-flush"
                (func (param "self" (borrow $stream)) (param "contents" (list u8))
                    (result (result (error $stream-error)))))))
        (alias export $streams "output-stream" (type $output-stream))
        (import "wasi:cli/stdout@{version}" (instance $stdout
            (alias outer 1 $output-stream (type $stream))
            (export "output-stream" (type $also (eq $stream)))
            (export "get-stdout" (func (result (own $also))))))
        (core module $libc
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
        (core instance $libc (instantiate $libc))
        (alias core export $libc "memory" (core memory $memory))
        (alias core export $libc "realloc" (core func $realloc))
        (core func $get (canon lower (func $stdout "get-stdout")))
        (core func $write (canon lower
            (func $streams "[method]output-stream.blocking-write-and-flush")
            (memory $memory) (realloc $realloc)))
        (core module $main
            (import "libc" "memory" (memory 1))
            (import "host" "get" (func $get (result i32)))
            (import "host" "write" (func $write (param i32 i32 i32 i32)))
            (data (i32.const 512) "hello")
            (func $say
                (call $write (call $get) (i32.const 512) (i32.const 5) (i32.const 256)))
            (func (export "run") (result i32) {run}))
        (core instance $main (instantiate $main
            (with "libc" (instance $libc))
            (with "host" (instance
                (export "get" (func $get))
                (export "write" (func $write))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $exported (export "run" (func $run)))
        (export "wasi:cli/run@{version}" (instance $exported)))"#
    )
}

#[tokio::test]
async fn a_component_writes_its_output_and_ends_well() {
    let bench = Bench::new();
    let wat = component("(call $say) (i32.const 0)");
    assert_eq!(
        bench.engine.inspect(&binary(&wat), "run").unwrap().abi,
        Abi::Component
    );
    let outcome = bench.run(&wat, "").await;
    assert_eq!(output(&outcome), "hello");
    assert_eq!(outcome.usage.memory, 64 << 10);
    let module = bench.prepare(&binary(&wat)).await.unwrap();
    assert_eq!(module.abi(), Abi::Component);
}

#[tokio::test]
async fn each_patch_of_version_0_2_is_taken() {
    for version in ["0.2.0", "0.2.3", "0.2.6"] {
        let wat = component_of(version, "(call $say) (i32.const 0)");
        assert_eq!(
            output(&Bench::new().run(&wat, "").await),
            "hello",
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_component_that_fails_has_a_status_and_keeps_its_output() {
    let outcome = Bench::new()
        .run(&component("(call $say) (i32.const 1)"), "")
        .await;
    assert_eq!(fault(&outcome), &Fault::Exit { code: 1 });
    assert_eq!(outcome.stdout, "hello");
}

#[tokio::test]
async fn a_component_is_loaded_from_disk_after_a_restart() {
    let bench = Bench::new();
    let wat = component("(call $say) (i32.const 0)");
    bench.run(&wat, "").await;
    let engine = bench.restarted(|config| config.compiler.program = "/nowhere".into());
    let again = Bench {
        engine,
        folder: bench.folder,
    };
    assert_eq!(output(&again.run(&wat, "").await), "hello");
}

#[tokio::test]
async fn a_component_is_under_the_same_limits() {
    let bench = Bench::new();
    let spin = component("(loop (br 0)) unreachable");
    let outcome = bench
        .run_within(&spin, "", |limits| {
            limits.cpu_time = std::time::Duration::from_millis(20)
        })
        .await;
    assert_eq!(fault(&outcome), &Fault::Limit(Limit::CpuTime));
    let flood = component("(loop (call $say) (br 0)) unreachable");
    let outcome = bench
        .run_within(&flood, "", |limits| limits.output = 1000)
        .await;
    assert_eq!(fault(&outcome), &Fault::Limit(Limit::Output));
    assert_eq!(outcome.stdout.len(), 1000);
    let recursion = component("(i32.add (i32.const 1) (call $run))").replace(
        r#"(func (export "run") (result i32)"#,
        r#"(func $run (export "run") (result i32)"#,
    );
    let outcome = bench.run(&recursion, "").await;
    assert_eq!(fault(&outcome), &Fault::Limit(Limit::Stack));
    assert_eq!(output(&bench.run(&echo(), "well").await), "well");
}

#[tokio::test]
async fn handles_without_end_are_refused() {
    let outcome = Bench::new()
        .run(
            &component("(loop (drop (call $get)) (br 0)) unreachable"),
            "",
        )
        .await;
    assert!(matches!(fault(&outcome), Fault::Trap(_)), "{outcome:?}");
}

#[tokio::test]
async fn components_of_other_worlds_are_refused_in_words() {
    let bench = Bench::new();
    let said = async |wat: &str| bench.refusal(wat).await.to_string();
    assert_eq!(
        said("(component)").await,
        "exports no `wasi:cli/run@0.2`; a component of the world `wasi:cli/command` is needed"
    );
    assert_eq!(
        said(
            r#"(component (instance $i) (export "wasi:http/incoming-handler@0.2.0" (instance $i)))"#
        )
        .await,
        "exports no `wasi:cli/run@0.2`; a component for HTTP is not run here: one of the world \
         `wasi:cli/command` is needed"
    );
    assert_eq!(
        said(r#"(component (import "wasi:http/incoming-handler@0.2.0" (instance)))"#).await,
        "imports `wasi:http/incoming-handler` `0.2.0`, which this host does not offer; it offers \
         `types` and `outgoing-handler` of version 0.2, to those who were granted it"
    );
    assert_eq!(
        said(r#"(component (import "acme:store/keys@1.0.0" (instance)))"#).await,
        "imports `acme:store/keys` `1.0.0`, which this host does not offer; it offers what the \
         world `wasi:cli/command` has"
    );
    assert_eq!(
        said(r#"(component (import "wasi:cli/environment@0.3.0" (instance)))"#).await,
        "imports `wasi:cli/environment` `0.3.0`, which this host does not offer; it offers version \
         0.2 of the packages cli, clocks, filesystem, io, random and sockets"
    );
}

#[tokio::test]
async fn an_interface_that_is_not_as_expected_is_refused_when_it_is_linked() {
    let wat = r#"(component
        (import "wasi:cli/stdout@0.2.0" (instance (export "get-stdout" (func (result string)))))
        (instance $i) (export "wasi:cli/run@0.2.0" (instance $i)))"#;
    let said = Bench::new().refusal(wat).await.to_string();
    assert!(said.starts_with("the module cannot be linked: "), "{said}");
    let wat = r#"(component (instance $i) (export "wasi:cli/run@0.2.0" (instance $i)))"#;
    let said = Bench::new().refusal(wat).await.to_string();
    assert!(said.starts_with("the module cannot be linked: "), "{said}");
}

/// A component of two that talk to each other, each with a memory of its own: so compilers
/// of JavaScript put an interpreter and its adapter together.
const COMPOSED: &str = r#"(component
    (component $hearer
        (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "hear") (param $at i32) (param $length i32)
                (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 104)) (then unreachable))))
        (core instance $i (instantiate $m))
        (func (export "hear") (param "text" string) (canon lift (core func $i "hear")
            (memory $i "memory") (realloc (func $i "realloc")))))
    (instance $hearer (instantiate $hearer))
    (component $speaker
        (import "hear" (func $hear (param "text" string)))
        (core module $libc (memory (export "memory") 1) (data (i32.const 8) "hello"))
        (core instance $libc (instantiate $libc))
        (core func $lowered (canon lower (func $hear) (memory $libc "memory")))
        (core module $main
            (import "" "hear" (func $hear (param i32 i32)))
            (func (export "run") (result i32)
                (call $hear (i32.const 8) (i32.const 5)) (i32.const 0)))
        (core instance $main (instantiate $main
            (with "" (instance (export "hear" (func $lowered))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $exported (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $exported)))
    (instance $speaker (instantiate $speaker (with "hear" (func $hearer "hear"))))
    (export "wasi:cli/run@0.2.0" (instance $speaker "wasi:cli/run@0.2.0")))"#;

#[tokio::test]
async fn components_in_a_component_talk_to_each_other() {
    let outcome = Bench::new().run(COMPOSED, "").await;
    assert_eq!(output(&outcome), "");
}

#[tokio::test]
async fn a_module_of_a_component_has_one_memory_imported_ones_counted() {
    let wat = component("(i32.const 0)").replace(
        r#"(import "libc" "memory" (memory 1))"#,
        r#"(import "libc" "memory" (memory 1)) (import "libc" "memory" (memory $two 1))"#,
    );
    let refusal = Bench::new().refusal(&wat).await.to_string();
    assert!(refusal.contains("multiple memories"), "{refusal}");
}

/// Writes the value of the first variable of its environment to the standard output.
fn first_variable() -> String {
    component("(i32.const 0)")
        .replace(
            "(core module $libc",
            r#"(import "wasi:cli/environment@0.2.0" (instance $environment
                (export "get-environment" (func (result (list (tuple string string)))))))
            (core module $libc"#,
        )
        // Each string and list has a place of its own.
        .replace(
            "(param i32 i32 i32 i32) (result i32) (i32.const 1024))",
            "(param i32 i32 i32 i32) (result i32)
                (global.set $next (i32.add (global.get $next) (i32.const 256)))
                (global.get $next))
            (global $next (mut i32) (i32.const 4096))",
        )
        .replace(
            "(core module $main",
            r#"(core func $environment (canon lower
                (func $environment "get-environment") (memory $memory) (realloc $realloc)))
            (core module $main
                (import "host" "environment" (func $environment (param i32)))"#,
        )
        .replace(
            r#"(export "write" (func $write))"#,
            r#"(export "write" (func $write)) (export "environment" (func $environment))"#,
        )
        .replace(
            "(result i32) (i32.const 0))",
            "(result i32) (local $first i32)
                (call $environment (i32.const 16))
                (if (i32.eqz (i32.load (i32.const 20))) (then (return (i32.const 0))))
                (local.set $first (i32.load (i32.const 16)))
                (call $write (call $get) (i32.load offset=8 (local.get $first))
                    (i32.load offset=12 (local.get $first)) (i32.const 256))
                (i32.const 0))",
        )
}

#[tokio::test]
async fn a_component_has_the_environment_that_it_was_granted_and_no_other() {
    let bench = Bench::new();
    assert_eq!(output(&bench.run(&first_variable(), "").await), "");
    let module = bench.prepare(&binary(&first_variable())).await.unwrap();
    let mut call = call("tenant", "");
    call.environment = vec![("KEY".into(), "value".into())];
    let outcome = bench.engine.execute(&module, call).await.unwrap();
    assert_eq!(output(&outcome), "value");
}
