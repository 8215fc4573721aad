//! A server ends and begins as it is told.

use std::cell::Cell;
use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use super::keeper::Keeper;
use super::{LINES, Private, Process, last_lines, launch, name};

const PATIENCE: Duration = Duration::from_secs(30);

fn shell(script: &str) -> Private {
    let name = name();
    let keeper = Keeper::new(&name, None);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    Private::new(&name, Process::new(command, keeper))
}

/// Has it start, and waits until it has said a word.
async fn begin(server: &mut Private, word: &str) -> Result<(), String> {
    server.begin().await?;
    let end = Instant::now() + PATIENCE;
    while !server.log().await.contains(word) {
        server.wait(end).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_starts_again_after_each_of_its_ends_with_what_it_had_kept() {
    let mut server = shell("echo begun >>kept; cat kept; echo ready; exec sleep 1000");
    assert!(server.has_ended().await);
    begin(&mut server, "ready").await.unwrap();
    assert!(!server.has_ended().await);
    server.kill().await;
    assert!(server.has_ended().await);
    begin(&mut server, "begun\nbegun\nready").await.unwrap();
    server.stop().await;
    assert!(server.has_ended().await);
}

#[tokio::test]
async fn one_that_ends_before_it_is_ready_tells_what_it_said_last() {
    let mut server = shell("seq 1 500; echo 'no port' >&2; exit 1");
    let error = begin(&mut server, "ready").await.unwrap_err();
    assert!(error.contains("\n500\nno port"), "{error}");
    assert!(!error.contains("\n100\n"), "{error}");
}

#[tokio::test]
#[should_panic(expected = "is not ready in time:\nstarting")]
async fn one_that_does_not_get_ready_is_not_waited_for_for_ever() {
    let mut server = shell("echo starting; exec sleep 1000");
    begin(&mut server, "starting").await.unwrap();
    let _ = server.wait(Instant::now() - PATIENCE).await;
}

#[tokio::test]
async fn one_that_does_not_start_is_tried_three_times() {
    let tries = Cell::new(0);
    let second = launch("server", async || {
        tries.set(tries.get() + 1);
        match tries.get() {
            3 => Ok("there"),
            _ => Err("a port is taken".to_owned()),
        }
    });
    assert_eq!(second.await, "there");
    assert_eq!(tries.get(), 3);
}

#[test]
fn the_last_lines_of_a_short_text_are_all_of_it() {
    assert_eq!(last_lines("one\ntwo\n"), "one\ntwo");
    let long: String = (0..LINES + 1).map(|line| format!("{line}\n")).collect();
    assert!(last_lines(&long).starts_with("1\n2\n"));
}
