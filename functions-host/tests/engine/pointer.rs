//! Modules of the pointer ABI, as they should be.

use functions_host::engine::{Abi, ExecuteError, Fault, Limit, Metering};

use crate::bench::{Bench, binary, call, echo, fault, output, pointer, prepare};

#[tokio::test]
async fn a_module_gets_its_input_and_its_output_comes_back() {
    let bench = Bench::new();
    let outcome = bench.run(&echo(), r#"{"name":"Zoë"}"#).await;
    assert_eq!(output(&outcome), r#"{"name":"Zoë"}"#);
    assert_eq!(outcome.usage.memory, 64 << 10);
    assert_eq!(outcome.usage.fuel, None);
    assert!(outcome.stdout.is_empty() && outcome.stderr.is_empty());
}

#[tokio::test]
async fn an_empty_input_is_an_input() {
    let bench = Bench::new();
    assert_eq!(output(&bench.run(&echo(), "").await), "");
}

#[tokio::test]
async fn inspection_tells_the_abi_and_every_handler() {
    let wat = r#"(module
        (memory (export "memory") 2)
        (func $h (param i32 i32) (result i32) unreachable)
        (func (export "allocate") (param i32) (result i32) unreachable)
        (func $start) (start $start)
        (export "run" (func $h)) (export "also" (func $h)))"#;
    let found = Bench::new().engine.inspect(&binary(wat), "run").unwrap();
    assert_eq!(found.abi, Abi::Pointer);
    assert_eq!(found.handlers, ["also", "run"]);
    assert_eq!(found.functions, 3);
    assert_eq!(found.memory, 128 << 10);
    assert!(found.starts);
}

#[tokio::test]
async fn a_handler_of_another_name_can_be_called() {
    let bench = Bench::new();
    let module = bench
        .prepare(&binary(
            &echo().replace("(func $run", "(func $run (export \"mine\")"),
        ))
        .await
        .unwrap();
    let mut mine = call("tenant", "hi");
    mine.handler = "mine".into();
    assert_eq!(
        output(&bench.engine.execute(&module, mine).await.unwrap()),
        "hi"
    );
    let mut other = call("tenant", "hi");
    other.handler = "other".into();
    let outcome = bench.engine.execute(&module, other).await.unwrap();
    let expected = "it exports no function `other(i32, i32) -> i32`";
    assert_eq!(fault(&outcome), &Fault::Abi(expected.to_owned()));
}

#[tokio::test]
async fn nothing_of_an_execution_is_left_for_the_next() {
    // Answers with what is at 2048, and leaves a secret there and in a global.
    let wat = pointer(
        "(local $old i32)
         (local.set $old (i32.add (i32.load8_u (i32.const 2048)) (global.get $calls)))
         (global.set $calls (i32.const 7))
         (memory.fill (i32.const 2048) (i32.const 115) (i32.const 60000))
         (i32.store8 (i32.const 0) (i32.add (i32.const 48) (local.get $old)))
         (i32.store8 (i32.const 1) (i32.const 0))
         (i32.const 0)",
    );
    let bench = Bench::with(|config| config.executions = 1);
    let module = bench.prepare(&binary(&wat)).await.unwrap();
    for _ in 0..20 {
        let outcome = bench
            .engine
            .execute(&module, call("tenant", ""))
            .await
            .unwrap();
        assert_eq!(output(&outcome), "0");
    }
}

#[tokio::test]
async fn fuel_is_the_same_each_time_and_bounds_what_runs() {
    let wat = pointer(
        "(local $i i32)
         (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
         (i32.const 0)",
    );
    let bench = Bench::new();
    let module = prepare(&bench.engine, &binary(&wat), Metering::Fuel)
        .await
        .unwrap();
    let run = async |fuel| {
        let mut call = call("tenant", "");
        call.limits.fuel = Some(fuel);
        bench.engine.execute(&module, call).await.unwrap()
    };
    let burnt = run(1_000_000).await.usage.fuel.unwrap();
    assert!(burnt > 1000, "{burnt}");
    assert_eq!(run(2_000_000).await.usage.fuel, Some(burnt));
    assert_eq!(output(&run(burnt + 1).await), "");
    let outcome = run(burnt - 10).await;
    assert_eq!(fault(&outcome), &Fault::Limit(Limit::Fuel));
}

#[tokio::test]
async fn fuel_is_not_asked_of_a_module_that_does_not_count_it() {
    let bench = Bench::new();
    let module = bench.prepare(&binary(&echo())).await.unwrap();
    let mut fuelled = call("tenant", "hi");
    fuelled.limits.fuel = Some(1);
    let refused = bench.engine.execute(&module, fuelled).await;
    assert!(
        matches!(refused, Err(ExecuteError::NotMetered)),
        "{refused:?}"
    );
}
