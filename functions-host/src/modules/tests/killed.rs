//! A process that is killed after any step leaves modules that the next start sets right.
//!
//! The process is a real one: this program again, told by its environment which test to
//! run and after which step to end without a word.

use std::process::Command;

use super::ground::{Ground, Place};
use super::{Step, add, assert_consistent, ids, remove};

const STOP_AT: &str = "FUNCTIONS_HOST_TEST_STOP_AT";

/// A step was done: the end, where it is the one.
pub(in crate::modules) fn done(step: Step) {
    if std::env::var(STOP_AT).is_ok_and(|stop_at| stop_at == format!("{step:?}")) {
        std::process::abort();
    }
}

#[tokio::test]
#[ignore = "another test runs this, in a process that is to be killed"]
async fn adds_b() {
    let modules = Place::told().open().await;
    add(&modules, "b", b"the bytes of b").await.unwrap();
}

#[tokio::test]
#[ignore = "another test runs this, in a process that is to be killed"]
async fn removes_a() {
    let modules = Place::told().open().await;
    remove(&modules, "a").await.unwrap();
}

/// Runs one of the two above, which is killed after `step`.
fn kill(work: &str, step: Step, ground: &Ground) {
    let mut killed = Command::new(std::env::current_exe().unwrap());
    killed
        .args([
            "--exact",
            "--ignored",
            &format!("modules::tests::killed::{work}"),
        ])
        .env(STOP_AT, format!("{step:?}"));
    ground.tell(&mut killed);
    let output = killed.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // Neither a success nor a failed test: it did not live to tell.
    assert_eq!(
        output.status.code(),
        None,
        "{step:?} is never reached: {said}"
    );
}

super::on_all! {
    an_upload_that_is_killed_after_any_step_was_made_or_was_never_begun
    a_removal_that_is_killed_after_any_step_was_made_or_was_never_begun
}

async fn an_upload_that_is_killed_after_any_step_was_made_or_was_never_begun(ground: &Ground) {
    // The two stores get at the name of their bytes in their own ways.
    let own = match ground.has_bucket() {
        true => Step::Noted,
        false => Step::Named,
    };
    for (step, is_added) in [
        (Step::Begun, false),
        (Step::Written, false),
        (Step::Received, false),
        (own, false),
        (Step::Kept, false),
        (Step::Inserted, false),
        (Step::Added, true),
    ] {
        let ground = ground.another().await;
        let modules = ground.open().await;
        add(&modules, "a", b"the bytes of a").await.unwrap();
        modules.close().await;
        kill("adds_b", step, &ground);

        let modules = ground.open().await;
        let expected: &[&str] = if is_added { &["a", "b"] } else { &["a"] };
        assert_eq!(ids(&modules).await, expected, "after {step:?}");
        assert_consistent(&ground, &modules).await;
        let again = add(&modules, "b", b"the bytes of b").await;
        assert_eq!(again.is_err(), is_added, "after {step:?}");
        assert_consistent(&ground, &modules).await;
    }
}

async fn a_removal_that_is_killed_after_any_step_was_made_or_was_never_begun(ground: &Ground) {
    let mut steps = vec![
        (Step::Deleted, false),
        (Step::Removed, true),
        (Step::Unlinked, true),
    ];
    if ground.has_bucket() {
        steps.push((Step::Forgotten, true));
    }
    for (step, is_removed) in steps {
        let ground = ground.another().await;
        let modules = ground.open().await;
        add(&modules, "a", b"the bytes of a").await.unwrap();
        modules.close().await;
        kill("removes_a", step, &ground);

        let modules = ground.open().await;
        let expected: &[&str] = if is_removed { &[] } else { &["a"] };
        assert_eq!(ids(&modules).await, expected, "after {step:?}");
        assert_consistent(&ground, &modules).await;
        let again = remove(&modules, "a").await;
        assert_eq!(again.is_none(), is_removed, "after {step:?}");
        assert_consistent(&ground, &modules).await;
    }
}
