//! Two hosts that share a history.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::ground::Ground;
use super::{
    Begun, Ending, Executions, ExecutionsError, Listing, NewExecution, Status, new, run, success,
};
use crate::executions::{Execution, ExecutionId, Scope};

super::on_shared! {
    what_one_host_accepts_and_ends_is_told_by_the_other_as_well
    a_request_that_another_host_knows_of_is_found_and_another_content_is_refused
    who_waits_at_another_host_is_told_of_the_end
    who_waits_where_an_end_is_never_heard_is_told_of_it
    what_begins_before_it_is_accepted_is_known_to_all_when_it_is_accepted
    an_attempt_that_lasts_is_told_and_so_is_why_it_has_to_be_made_again
    an_end_that_was_heard_gives_way_to_the_same_end_in_whichever_order_they_come
    of_two_ends_all_hosts_tell_the_one_that_came_first
    what_is_no_text_to_a_database_is_copied_as_it_is
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

pub(super) fn all() -> Listing {
    Listing {
        limit: 1000,
        ..Listing::default()
    }
}

/// The execution at a host, once it is as it should be.
async fn once(host: &Executions, id: ExecutionId, is: impl Fn(&Execution) -> bool) -> Execution {
    loop {
        let known = host.get(id).await.unwrap();
        if let Some(execution) = known.filter(&is) {
            return execution;
        }
        tokio::task::yield_now().await;
    }
}

/// As it is told outside.
fn told(execution: &Execution) -> serde_json::Value {
    json!(execution)
}

async fn assert_alike(here: &Executions, there: &Executions) {
    let (here, there) = (
        here.list(all()).await.unwrap(),
        there.list(all()).await.unwrap(),
    );
    assert_eq!((here.scope, there.scope), (Scope::All, Scope::All));
    assert_eq!(here.total, there.total);
    assert_eq!(json!(here.executions), json!(there.executions));
}

async fn what_one_host_accepts_and_ends_is_told_by_the_other_as_well(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let id = new("a", "1").id();
    assert!(there.get(id).await.unwrap().is_none());
    let (accepted, is_new) = here.accept(new("a", "1")).await.unwrap();
    assert!(is_new);
    // At once: whoever asked may ask any host.
    let known = there.find(id).await.unwrap();
    assert_eq!(known.scope, Scope::All);
    assert_eq!(told(&known.execution.unwrap()), told(&accepted));
    assert_alike(&here, &there).await;

    here.begin(new("a", "1"), 1).await.unwrap();
    here.finish(id, success("value")).await.unwrap();
    let at_home = here.get(id).await.unwrap().unwrap();
    assert_eq!(at_home.summary.status, Status::Succeeded);
    let abroad = once(&there, id, |one| one.summary.status.is_end()).await;
    assert_eq!(told(&abroad), told(&at_home));
    assert_eq!(abroad.content, new("a", "1").content());

    for n in 0..300 {
        let (host, tenant) = if n % 2 == 0 {
            (&here, "b")
        } else {
            (&there, "c")
        };
        run(host, new(tenant, &n.to_string())).await;
    }
    // Each has its own ends in the list at once, and those of the other when that has them.
    here.list(all()).await.unwrap();
    there.list(all()).await.unwrap();
    assert_alike(&here, &there).await;
    assert_eq!(here.list(all()).await.unwrap().total, 301);
    let second = Listing {
        tenant: Some("c".parse().unwrap()),
        skip: 1,
        limit: 1,
        ..Listing::default()
    };
    let second = there.list(second).await.unwrap();
    assert_eq!(
        (second.executions[0].request_id.as_str(), second.total),
        ("297", 150)
    );
    assert_eq!(second.executions[0].seq, None);
}

async fn a_request_that_another_host_knows_of_is_found_and_another_content_is_refused(
    ground: &Ground,
) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    assert!(there.elsewhere(&new("a", "1")).await.unwrap().is_none());
    run(&here, new("a", "1")).await;
    once(&there, new("a", "1").id(), |one| {
        one.summary.status.is_end()
    })
    .await;
    let mut again = new("a", "1");
    again.event_timestamp = 8;
    let known = there.elsewhere(&again).await.unwrap().unwrap();
    assert_eq!(known.results.unwrap().get(), r#"{"key":"value"}"#);
    let mut different = new("a", "1");
    different.wasm_module_id.push('x');
    let refused = there.elsewhere(&different).await;
    assert!(matches!(refused, Err(ExecutionsError::Differs(id)) if id == "1"));
    assert!(there.elsewhere(&new("b", "1")).await.unwrap().is_none());

    // One that both have accepted, and the other has carried out.
    for host in [&here, &there] {
        host.accept(new("a", "2")).await.unwrap();
    }
    here.begin(new("a", "2"), 1).await.unwrap();
    let id = new("a", "2").id();
    here.finish(id, success("value")).await.unwrap();
    once(&there, id, |one| one.summary.status.is_end()).await;
    let (known, is_new) = there.accept(new("a", "2")).await.unwrap();
    assert_eq!((known.summary.status, is_new), (Status::Succeeded, false));
}

async fn who_waits_at_another_host_is_told_of_the_end(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let id = new("a", "1").id();
    assert!(there.ended(id, far()).await.unwrap().is_none());
    here.accept(new("a", "1")).await.unwrap();
    let given_up = there.ended(id, Instant::now()).await.unwrap().unwrap();
    assert_eq!(given_up.summary.status, Status::Queued);
    let (waited, finished) =
        tokio::join!(there.ended(id, far()), here.finish(id, success("value")));
    finished.unwrap();
    assert_eq!(waited.unwrap().unwrap().summary.status, Status::Succeeded);
}

async fn who_waits_where_an_end_is_never_heard_is_told_of_it(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    here.accept(new("a", "1")).await.unwrap();
    carry_out(&there, new("a", "1"), "value").await;
    let waited = here.ended(new("a", "1").id(), far()).await.unwrap();
    let waited = waited.unwrap();
    assert_eq!(waited.summary.status, Status::Succeeded);
    assert_eq!(waited.stderr.as_deref(), Some("noise"));
}

async fn what_begins_before_it_is_accepted_is_known_to_all_when_it_is_accepted(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    for n in ["1", "2"] {
        here.begin(new("a", n), 1).await.unwrap();
        if n == "2" {
            here.finish(new("a", n).id(), success("value"))
                .await
                .unwrap();
        }
        let (accepted, is_new) = here.accept(new("a", n)).await.unwrap();
        assert!(!is_new);
        let known = there.get(new("a", n).id()).await.unwrap().unwrap();
        assert_eq!(told(&known), told(&accepted));
    }
}

async fn an_attempt_that_lasts_is_told_and_so_is_why_it_has_to_be_made_again(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let id = new("a", "1").id();
    here.accept(new("a", "1")).await.unwrap();
    let begun = here.begin_counted(new("a", "1"), 1).await.unwrap();
    assert_eq!(begun, Begun::Runs(1));
    let running = once(&there, id, |one| one.summary.status == Status::Running).await;
    assert_eq!(running.summary.attempts, 1);
    here.put_back(id, "no luck".to_owned()).await.unwrap();
    let back = once(&there, id, |one| one.summary.status == Status::Queued).await;
    assert_eq!(back.summary.error.as_deref(), Some("no luck"));
    assert_eq!((back.summary.attempts, back.summary.finished_at), (1, None));
}

/// What is heard of a success elsewhere.
fn heard(value: &str) -> Ending {
    Ending {
        took: None,
        module_sha256: None,
        stdout: String::new(),
        stderr: String::new(),
        ..success(value)
    }
}

async fn carry_out(host: &Executions, new: NewExecution, value: &str) {
    let id = new.id();
    host.begin(new, 1).await.unwrap();
    host.finish(id, success(value)).await.unwrap();
}

async fn an_end_that_was_heard_gives_way_to_the_same_end_in_whichever_order_they_come(
    ground: &Ground,
) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let tenant = "a".parse().unwrap();
    for (n, hears_first) in [true, false].into_iter().enumerate() {
        let new = || new("a", &n.to_string());
        let id = new().id();
        let (accepted, _) = here.accept(new()).await.unwrap();
        for hears in [hears_first, !hears_first] {
            match hears {
                true => here.hear(id, &tenant, heard("value")).await.unwrap(),
                false => carry_out(&there, new(), "value").await,
            }
            // It is copied by then.
            for host in [&here, &there] {
                host.list(all()).await.unwrap();
            }
        }
        for host in [&here, &there] {
            let whole = host.get(id).await.unwrap().unwrap();
            assert_eq!(whole.summary.duration, Some(Duration::from_millis(3)));
            assert_eq!(whole.stderr.as_deref(), Some("noise"));
            assert_eq!(whole.summary.created_at, accepted.summary.created_at);
        }
        assert_alike(&here, &there).await;
    }
}

async fn of_two_ends_all_hosts_tell_the_one_that_came_first(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let id = new("a", "1").id();
    carry_out(&here, new("a", "1"), "first").await;
    here.list(all()).await.unwrap();
    carry_out(&there, new("a", "1"), "second").await;
    there.list(all()).await.unwrap();
    for host in [&here, &there] {
        let one = host.get(id).await.unwrap().unwrap();
        assert_eq!(one.results.unwrap().get(), r#"{"key":"first"}"#);
    }
    assert_alike(&here, &there).await;
}

async fn what_is_no_text_to_a_database_is_copied_as_it_is(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    let mut strange = new("a", "1");
    strange.asset_id = "a\0b".to_owned();
    strange.asset_uri = "data:,\0".to_owned();
    strange.wasm_module_id = "\0".to_owned();
    let id = strange.id();
    here.accept(strange).await.unwrap();
    let mut ending = success("x\0y");
    ending.stdout = "\0".to_owned();
    ending.stderr = "\0\u{fffd}".to_owned();
    here.finish(id, ending).await.unwrap();
    let at_home = here.get(id).await.unwrap().unwrap();
    let abroad = once(&there, id, |one| one.summary.status.is_end()).await;
    assert_eq!(told(&abroad), told(&at_home));
    assert_eq!(abroad.stderr.as_deref(), Some("\0\u{fffd}"));

    let failed = new("a", "2");
    let id = failed.id();
    here.accept(failed).await.unwrap();
    let ending = Ending::failure("trap", "a\0b");
    here.finish(id, ending).await.unwrap();
    let abroad = once(&there, id, |one| one.summary.status.is_end()).await;
    assert_eq!(abroad.summary.error.as_deref(), Some("a\0b"));
    let by_module = Listing {
        wasm_module_id: Some("\0".to_owned()),
        ..all()
    };
    assert_eq!(there.list(by_module).await.unwrap().total, 1);
}
