//! The history, and what it makes of what comes twice: on one host alone, and on hosts that
//! share a history, in memory and in a PostgreSQL.

mod away;
pub(super) mod ground;
mod hosts;
mod keeping;
mod twin;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::{
    Begun, Ending, Executions, ExecutionsConfig, ExecutionsError, Listing, NewExecution, Status,
    Took,
};
use crate::database::Database;
use ground::Ground;

/// Puts what is promised through grounds of all kinds.
macro_rules! on_all {
    ($($promise:ident)*) => {
        mod alone {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(&super::Ground::alone()).await;
                }
            )*
        }

        super::on_shared! { $($promise)* }
    };
}

/// Likewise, where a history is shared.
macro_rules! on_shared {
    ($($promise:ident)*) => {
        mod twin {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::$promise(&super::Ground::twin()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                #[ignore = "needs a PostgreSQL; run by cargo xtask test"]
                async fn $promise() {
                    super::$promise(&super::Ground::postgres().await).await;
                }
            )*
        }
    };
}
use on_shared;

mod promises {
    use super::*;

    on_all! {
        a_repeated_request_gets_what_is_stored_and_another_content_is_refused
        an_execution_ends_once_however_often_it_is_delivered
        who_waits_is_told_of_the_end_and_gives_up_at_the_time
        ends_are_numbered_and_followed_without_a_gap_over_restarts
        a_list_is_filtered_and_counts_what_it_leaves_out
    }
}

async fn open(folder: &Path, config: ExecutionsConfig) -> Executions {
    let database = Database::open(&folder.join("events.db")).await.unwrap();
    Executions::open(database, config).await.unwrap()
}

fn new(tenant: &str, request_id: &str) -> NewExecution {
    NewExecution {
        tenant: tenant.parse().unwrap(),
        request_id: request_id.to_owned(),
        asset_id: "asset".to_owned(),
        asset_uri: "data:,x".to_owned(),
        wasm_module_id: "module".to_owned(),
        event_timestamp: 7,
        retry_of: None,
    }
}

fn success(value: &str) -> Ending {
    Ending {
        outcome: Ok(BTreeMap::from([("key".to_owned(), value.to_owned())])),
        took: Some(Took {
            duration: Duration::from_millis(3),
            ..Took::default()
        }),
        module_sha256: Some("sum".to_owned()),
        stdout: "output".to_owned(),
        stderr: "noise".to_owned(),
    }
}

async fn run(executions: &Executions, new: NewExecution) {
    let id = new.id();
    executions.accept(new).await.unwrap();
    executions.finish(id, success("value")).await.unwrap();
}

async fn a_repeated_request_gets_what_is_stored_and_another_content_is_refused(ground: &Ground) {
    let executions = ground.host().await;
    let (first, is_new) = executions.accept(new("a", "1")).await.unwrap();
    assert!(is_new && first.summary.status == Status::Queued);
    let stored = executions.get(first.summary.id).await.unwrap().unwrap();
    assert_eq!(format!("{first:?}"), format!("{stored:?}"));
    executions
        .finish(first.summary.id, success("value"))
        .await
        .unwrap();

    let mut again = new("a", "1");
    again.event_timestamp = 8;
    let (again, is_new) = executions.accept(again).await.unwrap();
    assert!(!is_new);
    assert_eq!(again.results.unwrap().get(), r#"{"key":"value"}"#);
    assert_eq!(
        (again.stdout.as_deref(), again.stderr.as_deref()),
        (Some("output"), Some("noise"))
    );

    let (of_other, is_new) = executions.accept(new("b", "1")).await.unwrap();
    assert!(is_new && of_other.summary.id != first.summary.id);

    for change in [
        |new: &mut NewExecution| new.asset_id.push('x'),
        |new: &mut NewExecution| new.asset_uri.push('x'),
        |new: &mut NewExecution| new.wasm_module_id.push('x'),
    ] {
        let mut other = new("a", "1");
        change(&mut other);
        let refused = executions.accept(other).await;
        assert!(matches!(refused, Err(ExecutionsError::Differs(id)) if id == "1"));
    }
}

async fn an_execution_ends_once_however_often_it_is_delivered(ground: &Ground) {
    let executions = ground.host().await;
    let id = new("a", "1").id();
    // Delivered before it was accepted: the bus is quicker at times.
    for attempt in 1..4 {
        assert_eq!(
            executions.begin(new("a", "1"), attempt).await.unwrap(),
            Begun::Runs(attempt)
        );
        let running = executions.get(id).await.unwrap().unwrap().summary;
        assert_eq!(
            (running.status, running.attempts),
            (Status::Running, attempt)
        );
        executions.put_back(id, "no luck".to_owned()).await.unwrap();
        let waiting = executions.get(id).await.unwrap().unwrap().summary;
        assert_eq!(
            (waiting.status, waiting.error.as_deref()),
            (Status::Queued, Some("no luck"))
        );
    }
    let (_, is_new) = executions.accept(new("a", "1")).await.unwrap();
    assert!(!is_new);
    // What is begun is written before its end, though nobody waits for it.
    let begun = executions.begin_counted(new("a", "1"), 1).await.unwrap();
    assert_eq!(begun, Begun::Runs(4));
    let first = executions.finish(id, success("first")).await.unwrap();
    let ended = executions.get(id).await.unwrap().unwrap().summary;
    assert_eq!((ended.status, ended.attempts), (Status::Succeeded, 4));
    let second = executions
        .finish(id, Ending::failure("trap", "late"))
        .await
        .unwrap();
    assert_eq!(first, second);
    let begun = executions.begin(new("a", "1"), 5).await.unwrap();
    assert_eq!(begun, Begun::Ended(first.clone()));
    let begun = executions.begin_counted(new("a", "1"), 5).await.unwrap();
    assert_eq!(begun, Begun::Ended(first.clone()));
    executions.put_back(id, "late".to_owned()).await.unwrap();
    let ended = executions.get(id).await.unwrap().unwrap().summary;
    assert_eq!(
        (ended.status, ended.attempts, ended.error),
        (Status::Succeeded, 4, None)
    );
    assert_eq!(*executions.newest().borrow(), 1);
    let missing = executions.finish(new("a", "2").id(), success("x")).await;
    assert!(matches!(missing, Err(ExecutionsError::Missing(_))));
}

/// Executions that were opened, and know of all that there were.
async fn reopened(folder: &Path) -> Executions {
    let executions = open(folder, ExecutionsConfig::default()).await;
    super::remember(std::sync::Arc::clone(&executions.shared)).await;
    executions
}

/// How many executions the database has.
async fn written(executions: &Executions) -> i64 {
    let count = |db: &rusqlite::Connection| {
        db.query_row("SELECT count(*) FROM executions", (), |row| row.get(0))
    };
    executions.shared.database.read(count).await.unwrap()
}

#[tokio::test]
async fn one_that_nobody_knew_is_written_once_it_ends_or_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    for (n, is_counted) in [(1, false), (2, true)] {
        let (new, id) = (new("a", &n.to_string()), new("a", &n.to_string()).id());
        let begun = match is_counted {
            false => executions.begin(new, 2).await,
            true => executions.begin_counted(new, 2).await,
        };
        assert_eq!(begun.unwrap(), Begun::Runs(2));
        assert_eq!(written(&executions).await, n - 1);
        let first = executions.finish(id, success("first")).await.unwrap();
        assert_eq!((first.seq, first.asset_id.as_str()), (n, "asset"));
        let late = executions.finish(id, Ending::failure("trap", "late"));
        assert_eq!(late.await.unwrap(), first);
        let ended = executions.get(id).await.unwrap().unwrap();
        assert_eq!(ended.results.unwrap().get(), r#"{"key":"first"}"#);
        let ended = ended.summary;
        assert_eq!((ended.status, ended.attempts), (Status::Succeeded, 2));
        assert_eq!(ended.started_at, Some(ended.created_at));
        assert_eq!(ended.duration, Some(Duration::from_millis(3)));
    }
    executions.begin(new("a", "3"), 1).await.unwrap();
    for _ in 0..2 {
        let running = executions.get(new("a", "3").id()).await.unwrap().unwrap();
        assert_eq!(
            (running.summary.status, running.summary.attempts),
            (Status::Running, 1)
        );
    }
    executions.begin(new("a", "4"), 1).await.unwrap();
    let wanted = Listing {
        status: Some(Status::Running),
        limit: 9,
        ..Listing::default()
    };
    assert_eq!(executions.list(wanted).await.unwrap().total, 2);
    let (four, is_new) = executions.accept(new("a", "4")).await.unwrap();
    assert!(!is_new && four.summary.status == Status::Running);
}

#[tokio::test]
async fn the_bytes_of_one_that_is_written_at_once_are_counted_as_those_of_any() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    run(&executions, new("a", "1")).await;
    executions.begin(new("a", "2"), 1).await.unwrap();
    let id = new("a", "2").id();
    executions.finish(id, success("value")).await.unwrap();
    executions.settle().await.unwrap();
    let kept = executions.shared.database.read(super::table::kept).await;
    let kept = kept.unwrap();
    assert_eq!((kept.count, kept.bytes, kept.newest), (2, 2 * 33, 2));
    let counted = executions.shared.kept_bytes.load(super::Ordering::Relaxed);
    assert_eq!(counted, kept.bytes);
}

#[tokio::test]
async fn an_attempt_during_which_a_host_was_killed_is_known_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    for attempt in 1..4 {
        // Nothing is told to end, as where a process is killed.
        let executions = reopened(folder.path()).await;
        let begun = executions.begin(new("a", "1"), 1).await.unwrap();
        assert_eq!(begun, Begun::Runs(attempt));
        let other = executions.begin(new("a", &format!("other {attempt}")), 1);
        assert_eq!(other.await.unwrap(), Begun::Runs(1));
    }
    let executions = reopened(folder.path()).await;
    let (id, ending) = (new("a", "1").id(), Ending::failure("attempts", "x"));
    assert_eq!(
        executions.begin(new("a", "1"), 1).await.unwrap(),
        Begun::Runs(4)
    );
    let ended = executions.finish(id, ending).await.unwrap();
    let executions = reopened(folder.path()).await;
    let again = executions.begin(new("a", "1"), 1).await.unwrap();
    assert_eq!(again, Begun::Ended(ended));
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_written_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    let id = new("a", "1").id();
    executions.begin(new("a", "1"), 3).await.unwrap();
    executions.put_back(id, "no luck".to_owned()).await.unwrap();
    let executions = reopened(folder.path()).await;
    let waiting = executions.get(id).await.unwrap().unwrap().summary;
    assert_eq!(
        (waiting.status, waiting.attempts, waiting.error.as_deref()),
        (Status::Queued, 3, Some("no luck"))
    );
    let begun = executions.begin(new("a", "1"), 1).await.unwrap();
    assert_eq!(begun, Begun::Runs(4));
}

#[tokio::test]
async fn that_somebody_was_told_is_known_at_once_and_written_in_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    let ids = ["1", "2", "3"].map(|n| new("a", n).id());
    run(&executions, new("a", "1")).await;
    for n in ["2", "3"] {
        begin_and_finish(&executions, n).await;
    }
    for id in &ids[..2] {
        executions.told(*id).await.unwrap();
        assert!(executions.is_told(*id).await.unwrap());
    }
    executions.settle().await.unwrap();
    let other = reopened(folder.path()).await;
    for (id, expected) in ids.into_iter().zip([true, true, false]) {
        assert_eq!(other.is_told(id).await.unwrap(), expected);
    }
}

async fn begin_and_finish(executions: &Executions, n: &str) -> super::Completed {
    let begun = executions.begin(new("a", n), 1).await.unwrap();
    assert_eq!(begun, Begun::Runs(1));
    let id = new("a", n).id();
    executions.finish(id, success(n)).await.unwrap()
}

#[tokio::test]
async fn ends_that_have_not_come_to_their_place_are_there_after_a_host_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    for n in ["1", "2"] {
        begin_and_finish(&executions, n).await;
    }
    assert_eq!(written(&executions).await, 0);
    let other = reopened(folder.path()).await;
    assert_eq!(written(&other).await, 2);
    let ended = other.get(new("a", "2").id()).await.unwrap().unwrap();
    assert_eq!(ended.results.unwrap().get(), r#"{"key":"2"}"#);
    assert_eq!(*other.newest().borrow(), 2);
    let again = other.begin(new("a", "1"), 1).await.unwrap();
    assert!(matches!(again, Begun::Ended(ended) if ended.seq == 1));
}

#[tokio::test]
async fn ends_are_numbered_without_a_gap_whichever_way_they_come_to_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    for n in 0..20 {
        begin_and_finish(&executions, &format!("{n} a")).await;
        run(&executions, new("a", &format!("{n} b"))).await;
        begin_and_finish(&executions, &format!("{n} c")).await;
        begin_and_finish(&executions, &format!("{n} d")).await;
    }
    let all = executions.completions(0, 80, None).await.unwrap();
    let first: Vec<_> = all.iter().map(|completed| completed.seq).collect();
    assert_eq!(first, (1..=64).collect::<Vec<_>>());
    let rest = executions.completions(64, 80, None).await.unwrap();
    assert_eq!(rest.len(), 16);
}

#[tokio::test]
async fn of_two_that_end_at_once_each_is_numbered_whichever_way_it_comes_to_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    for n in 0..50 {
        let [known, unknown] = ["known", "unknown"].map(|name| new("a", &format!("{name} {n}")));
        let [of_known, of_unknown] = [known.id(), unknown.id()];
        executions.accept(known).await.unwrap();
        executions.begin(unknown, 1).await.unwrap();
        let (first, second) = tokio::join!(
            executions.finish(of_unknown, success("x")),
            executions.finish(of_known, success("x"))
        );
        let seqs = [first.unwrap().seq, second.unwrap().seq];
        assert_eq!(seqs, [2 * n + 1, 2 * n + 2]);
    }
    executions.settle().await.unwrap();
    assert_eq!(written(&executions).await, 100);
}

#[tokio::test]
async fn what_was_brought_to_its_place_in_part_is_brought_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    let first = begin_and_finish(&executions, "1").await;
    begin_and_finish(&executions, "2").await;
    let database = &executions.shared.database;
    let again = database.write(|db| {
        db.execute_batch("CREATE TABLE kept AS SELECT * FROM staged")?;
        super::staged::settle(db, Vec::new())?;
        db.execute_batch("INSERT INTO staged SELECT * FROM kept")
    });
    again.await.unwrap();
    executions.settle().await.unwrap();
    assert_eq!(written(&executions).await, 2);
    let again = executions.begin(new("a", "1"), 1).await.unwrap();
    assert_eq!(again, Begun::Ended(first));
}

#[tokio::test]
async fn many_ends_come_to_their_place_before_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    executions._writing.abort();
    for n in 0..super::STAGED + 1 {
        begin_and_finish(&executions, &n.to_string()).await;
    }
    assert!(written(&executions).await > 0);
    let large = "x".repeat(usize::try_from(super::STAGED_BYTES).unwrap());
    executions.begin(new("a", "large"), 1).await.unwrap();
    let id = new("a", "large").id();
    executions.finish(id, success(&large)).await.unwrap();
    begin_and_finish(&executions, "last").await;
    assert!(written(&executions).await > i64::try_from(super::STAGED).unwrap() + 1);
}

#[tokio::test]
async fn an_end_that_is_heard_of_one_that_has_ended_here_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    begin_and_finish(&executions, "1").await;
    let (id, tenant) = (new("a", "1").id(), new("a", "1").tenant);
    for _ in 0..2 {
        executions.hear(id, &tenant, success("late")).await.unwrap();
        assert_eq!(executions.shared.unclaimed.take(id, &tenant), None);
        executions.settle().await.unwrap();
    }
    let ended = executions.get(id).await.unwrap().unwrap();
    assert_eq!(ended.results.unwrap().get(), r#"{"key":"1"}"#);
}

#[tokio::test]
async fn what_takes_its_time_is_written_though_nobody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let executions = reopened(folder.path()).await;
    executions.begin(new("a", "1"), 1).await.unwrap();
    run(&executions, new("a", "2")).await;
    executions.told(new("a", "2").id()).await.unwrap();
    while !executions.shared.underway.is_idle() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(written(&executions).await, 2);
    let running = executions.get(new("a", "1").id()).await.unwrap().unwrap();
    assert_eq!(running.summary.attempts, 1);
}

async fn who_waits_is_told_of_the_end_and_gives_up_at_the_time(ground: &Ground) {
    let executions = ground.host().await;
    let id = new("a", "1").id();
    let far = Instant::now() + Duration::from_secs(3600);
    assert!(executions.ended(id, far).await.unwrap().is_none());
    executions.accept(new("a", "1")).await.unwrap();
    let given_up = executions.ended(id, Instant::now()).await.unwrap().unwrap();
    assert_eq!(given_up.summary.status, Status::Queued);
    let (waited, finished) = tokio::join!(
        executions.ended(id, far),
        executions.finish(id, success("value"))
    );
    finished.unwrap();
    assert_eq!(waited.unwrap().unwrap().summary.status, Status::Succeeded);
    let late = executions.ended(id, Instant::now()).await.unwrap().unwrap();
    assert_eq!(late.summary.status, Status::Succeeded);
    assert!(executions.shared.waiting.is_empty());
}

async fn ends_are_numbered_and_followed_without_a_gap_over_restarts(ground: &Ground) {
    for round in 0..3 {
        let executions = ground.host().await;
        for n in 0..40 {
            let tenant = if n % 2 == 0 { "even" } else { "odd" };
            run(&executions, new(tenant, &format!("{round}/{n}"))).await;
        }
    }
    let executions = ground.host().await;
    let newest = *executions.newest().borrow();
    assert_eq!(newest, 120);
    let (mut seen, mut last) = (Vec::new(), 0);
    loop {
        let some = executions.completions(last, newest, None).await.unwrap();
        let Some(end) = some.last() else { break };
        last = end.seq;
        seen.extend(some.iter().map(|completed| completed.seq));
    }
    assert_eq!(seen, (1..=120).collect::<Vec<_>>());
    let odd = executions
        .completions(100, 110, Some("odd".parse().unwrap()))
        .await;
    let odd: Vec<_> = odd.unwrap().iter().map(|completed| completed.seq).collect();
    assert_eq!(odd, [102, 104, 106, 108, 110]);
}

async fn a_list_is_filtered_and_counts_what_it_leaves_out(ground: &Ground) {
    let executions = ground.host().await;
    for n in 0..6 {
        let tenant = if n % 2 == 0 { "even" } else { "odd" };
        let mut new = new(tenant, &n.to_string());
        if n == 5 {
            new.wasm_module_id = "other".to_owned();
            new.asset_uri = "x".repeat(5_000);
        }
        run(&executions, new).await;
    }
    executions.accept(new("odd", "waiting")).await.unwrap();
    let list = async |wanted: Listing| {
        let listed = executions
            .list(Listing { limit: 3, ..wanted })
            .await
            .unwrap();
        let ids = listed
            .executions
            .into_iter()
            .map(|summary| summary.request_id);
        (ids.collect::<Vec<_>>().join(" "), listed.total)
    };
    let all = Listing::default();
    let of = |ids: &str, total| (ids.to_owned(), total);
    assert_eq!(list(all.clone()).await, of("waiting 5 4", 7));
    assert_eq!(
        list(Listing {
            skip: 5,
            ..all.clone()
        })
        .await,
        of("1 0", 7)
    );
    let odd = Listing {
        tenant: Some("odd".parse().unwrap()),
        ..all.clone()
    };
    assert_eq!(list(odd.clone()).await, of("waiting 5 3", 4));
    let queued = Listing {
        status: Some(Status::Queued),
        ..odd
    };
    assert_eq!(list(queued).await, of("waiting", 1));
    let other = Listing {
        wasm_module_id: Some("other".to_owned()),
        ..all.clone()
    };
    assert_eq!(list(other).await, of("5", 1));
    let third = executions.get(new("odd", "3").id()).await.unwrap().unwrap();
    let since = Listing {
        since: Some(third.summary.created_at),
        ..all.clone()
    };
    assert_eq!(list(since).await.1, 4);
    let until = Listing {
        until: Some(third.summary.created_at),
        ..all.clone()
    };
    assert_eq!(list(until).await, of("2 1 0", 3));
    let long = executions.list(Listing { limit: 2, ..all }).await.unwrap();
    let uris: Vec<_> = long
        .executions
        .iter()
        .map(|one| one.asset_uri.is_some())
        .collect();
    assert_eq!(uris, [true, false]);
}

/// How many that have ended are kept, once the sweeper has nothing to do.
async fn swept(config: ExecutionsConfig) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let executions = open(folder.path(), ExecutionsConfig::default()).await;
    executions.accept(new("a", "waiting")).await.unwrap();
    for n in 0..5 {
        run(&executions, new("a", &n.to_string())).await;
    }
    drop(executions);
    let executions = open(folder.path(), config).await;
    // Two that sweep at once would sweep too much.
    executions._sweeper.abort();
    while super::sweeper::sweep(&executions.shared).await {}
    let listed = executions
        .list(Listing {
            limit: 9,
            ..Listing::default()
        })
        .await
        .unwrap();
    listed
        .executions
        .into_iter()
        .map(|summary| summary.request_id)
        .collect()
}

#[tokio::test]
async fn the_history_is_bounded_by_number_by_bytes_and_by_age() {
    let all = ExecutionsConfig::default();
    assert_eq!(swept(all).await, ["4", "3", "2", "1", "0", "waiting"]);
    let by_number = ExecutionsConfig { most: 2, ..all };
    assert_eq!(swept(by_number).await, ["4", "3", "waiting"]);
    // Each has 33: its URI, its results and what it wrote.
    let by_bytes = ExecutionsConfig {
        bytes: 3 * 33,
        ..all
    };
    assert_eq!(swept(by_bytes).await, ["4", "3", "2", "waiting"]);
    // The newest stays, and so do those that have not ended.
    let by_age = ExecutionsConfig {
        age: Duration::ZERO,
        ..all
    };
    assert_eq!(swept(by_age).await, ["4", "waiting"]);
}
