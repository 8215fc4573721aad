//! Whatever becomes of the process of the tests, nothing is left.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::Keeper;

const PATIENCE: Duration = Duration::from_secs(30);
const LOG: &str = "KEEPER_TEST_LOG";

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

/// A folder of this test's own, and a pipe in it that is read to its end, which is
/// when nobody is left who could write to it.
fn pipe(name: &str) -> (PathBuf, impl Future<Output = String>) {
    let folder = format!("functions-keeper-{}-{name}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let (sender, read) = oneshot::channel();
    // A thread of its own may go on reading where the test has given up.
    std::thread::spawn({
        let path = path.clone();
        move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).unwrap();
            let _ = sender.send(text);
        }
    });
    let ended = async move {
        let text = timeout(PATIENCE, read).await.expect("nobody is left");
        std::fs::remove_dir_all(folder).unwrap();
        text.unwrap()
    };
    (path, ended)
}

async fn is_gone(folder: &Path) {
    let gone = async {
        while folder.exists() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, gone)
        .await
        .expect("the folder is removed");
}

#[tokio::test]
async fn what_was_started_ends_with_its_keeper_and_so_does_the_folder() {
    let (pipe, ended) = pipe("drop");
    let keeper = Keeper::new(&format!("functions-kept-{}", std::process::id()), None);
    let folder = keeper.folder().to_owned();
    let _group = keeper.start(&shell("sleep 1000 & sleep 1000"), &pipe);
    drop(keeper);
    assert!(!folder.exists());
    ended.await;
}

#[tokio::test]
async fn what_was_started_ends_when_the_process_of_the_tests_is_killed() {
    let (pipe, ended) = pipe("kill");
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "private::keeper::tests::a_process_to_kill",
        ])
        .env(LOG, &pipe)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let kept = std::env::temp_dir().join(format!("functions-kept-{}", process.id()));
    let begun = async {
        while !kept.join("begun").exists() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, begun)
        .await
        .expect("it starts what it is to start");
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(ended.await, "running\n");
    is_gone(&kept).await;
}

#[tokio::test]
#[ignore = "is the process that another test kills"]
async fn a_process_to_kill() {
    let Some(log) = std::env::var_os(LOG) else {
        return;
    };
    let keeper = Keeper::new(&format!("functions-kept-{}", std::process::id()), None);
    let script = "echo running; : >begun; sleep 1000 & sleep 1000";
    let _group = keeper.start(&shell(script), log.as_ref());
    std::future::pending().await
}

#[tokio::test]
async fn what_has_a_last_signal_gets_it_before_it_is_killed() {
    let (pipe, ended) = pipe("last");
    let keeper = Keeper::new(&format!("functions-last-{}", std::process::id()), None);
    keeper.last_signal("USR1");
    let begun = keeper.folder().join("begun");
    // One that works for it is in no group that is known.
    let script = "trap 'kill -9 $!; echo last; exit' USR1; setsid sleep 1000 & : >begun; wait";
    let mut group = keeper.start(&shell(script), &pipe);
    let wait = async {
        while !begun.exists() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it begins");
    let dropped = std::thread::spawn(move || drop(keeper));
    // It is asked for its end, or it would seem to live.
    while !group.has_ended() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ended.await, "last\n");
    dropped.join().unwrap();
}

#[tokio::test]
async fn nothing_starts_in_a_folder_that_was_closed() {
    let keeper = Keeper::new(&format!("functions-closed-{}", std::process::id()), None);
    std::fs::remove_file(keeper.folder().join("open")).unwrap();
    let error = keeper
        .run(&shell("echo begun"), PATIENCE)
        .await
        .unwrap_err();
    assert!(
        error.contains("125") && !error.contains("begun\n"),
        "{error}"
    );
}

#[tokio::test]
async fn what_takes_too_long_is_killed_and_named() {
    let keeper = Keeper::new(&format!("functions-slow-{}", std::process::id()), None);
    let command = shell("exec sleep 1000");
    let error = keeper
        .run(&command, Duration::from_millis(1))
        .await
        .unwrap_err();
    assert!(
        error.contains("sleep 1000") && error.contains("did not end"),
        "{error}"
    );
}

#[tokio::test]
async fn the_environment_of_the_tests_does_not_reach_what_is_started() {
    let keeper = Keeper::new(&format!("functions-plain-{}", std::process::id()), None);
    let said = keeper.run(&shell("env"), PATIENCE).await.unwrap();
    assert!(!said.contains("CARGO_MANIFEST_DIR"), "{said}");
    assert!(
        said.contains(&format!("HOME={}", keeper.folder().display())),
        "{said}"
    );
}
