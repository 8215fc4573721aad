//! Places, and who gets them.

use std::sync::Arc;
use std::time::Duration;

use functions_host::engine::{Call, Engine, ExecuteError, Outcome, Prepared};
use tokio::task::JoinHandle;

use crate::bench::{Bench, binary, call, echo, output, pointer};

type Running = JoinHandle<Result<Outcome, ExecuteError>>;

fn spinning(tenant: &str) -> Call {
    let mut call = call(tenant, "");
    call.limits.cpu_time = Duration::from_secs(3600);
    call.limits.wall_clock = Duration::from_secs(3600);
    call
}

fn start(engine: &Engine, module: &Arc<Prepared>, call: Call) -> Running {
    let (engine, module) = (engine.clone(), Arc::clone(module));
    tokio::spawn(async move { engine.execute(&module, call).await })
}

async fn spin(bench: &Bench) -> Arc<Prepared> {
    let module = binary(&pointer("(loop (br 0)) unreachable"));
    bench.prepare(&module).await.unwrap()
}

#[tokio::test]
async fn who_cannot_wait_is_told_that_the_host_is_full() {
    let bench = Bench::with(|config| {
        config.executions = 1;
        config.waiting_per_tenant = 0;
    });
    let module = spin(&bench).await;
    let first = start(&bench.engine, &module, spinning("one"));
    // On this runtime of one thread the first has its place once the others are polled.
    tokio::task::yield_now().await;
    let refused = bench.engine.execute(&module, call("one", "")).await;
    assert!(
        matches!(refused, Err(ExecuteError::Overloaded(0))),
        "{refused:?}"
    );
    first.abort();
}

#[tokio::test]
async fn who_waits_too_long_is_told_so() {
    let bench = Bench::with(|config| {
        config.executions = 1;
        config.max_wait = Duration::from_millis(20);
    });
    let module = spin(&bench).await;
    let first = start(&bench.engine, &module, spinning("one"));
    tokio::task::yield_now().await;
    let refused = bench.engine.execute(&module, call("two", "")).await;
    let waited = Duration::from_millis(20);
    assert!(
        matches!(refused, Err(ExecuteError::Waited(time)) if time == waited),
        "{refused:?}"
    );
    first.abort();
}

#[tokio::test]
async fn the_share_of_a_tenant_leaves_places_for_others() {
    let bench = Bench::with(|config| {
        config.executions = 3;
        config.executions_per_tenant = 2;
    });
    let (module, well) = (
        spin(&bench).await,
        bench.prepare(&binary(&echo())).await.unwrap(),
    );
    let spinning: Vec<_> = (0..10)
        .map(|_| start(&bench.engine, &module, spinning("spinner")))
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
        let outcome = bench
            .engine
            .execute(&well, call("other", "hi"))
            .await
            .unwrap();
        assert_eq!(output(&outcome), "hi");
    }
    for guest in spinning {
        guest.abort();
    }
}

#[tokio::test]
async fn a_guest_whose_caller_goes_stops_and_leaves_its_place() {
    let bench = Bench::with(|config| config.executions = 1);
    let (module, well) = (
        spin(&bench).await,
        bench.prepare(&binary(&echo())).await.unwrap(),
    );
    let first = start(&bench.engine, &module, spinning("one"));
    tokio::task::yield_now().await;
    first.abort();
    let outcome = bench
        .engine
        .execute(&well, call("two", "hi"))
        .await
        .unwrap();
    assert_eq!(output(&outcome), "hi");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_executions_at_once_keep_to_themselves() {
    let bench = Bench::new();
    let module = bench.prepare(&binary(&echo())).await.unwrap();
    let running: Vec<_> = (0..500)
        .map(|number| {
            let call = call(
                &format!("tenant-{}", number % 7),
                &format!("input {number}"),
            );
            start(&bench.engine, &module, call)
        })
        .collect();
    for (number, guest) in running.into_iter().enumerate() {
        let outcome = guest.await.unwrap().unwrap();
        assert_eq!(output(&outcome), format!("input {number}"));
    }
}

#[tokio::test]
async fn an_engine_can_go_while_its_guests_run() {
    let bench = Bench::new();
    let module = spin(&bench).await;
    let guest = start(&bench.engine, &module, spinning("one"));
    tokio::task::yield_now().await;
    guest.abort();
    drop(module);
    drop(bench);
}

#[tokio::test]
async fn who_comes_does_not_wait_for_the_slices_of_those_who_spin() {
    let bench = Bench::with(|config| {
        config.slice = Duration::from_millis(100);
        config.threads = 1;
    });
    let (module, well) = (
        spin(&bench).await,
        bench.prepare(&binary(&echo())).await.unwrap(),
    );
    let spinning: Vec<_> = (0..2)
        .map(|_| {
            let mut call = spinning("spinner");
            call.limits.cpu_time = Duration::from_secs(2);
            start(&bench.engine, &module, call)
        })
        .collect();
    tokio::task::yield_now().await;
    // The spinners have forty slices together, which would not do if each of these waited
    // for the end of one.
    for _ in 0..100 {
        let outcome = bench.engine.execute(&well, call("other", "in")).await;
        assert_eq!(output(&outcome.unwrap()), "in");
    }
    assert!(spinning.iter().all(|spinner| !spinner.is_finished()));
}
