//! A server of the PostgreSQL that is installed here.
//!
//! It listens on one port of the loopback address and on no file, for one user with a
//! password: whatever other users there are on this machine, none of them gets in.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::server::USER;
use super::user::User;
use crate::private::keeper::Keeper;
use crate::private::{PATIENCE, Process};

/// One with an empty store, but not started yet.
///
/// # Errors
/// What `initdb` says where it fails.
pub(super) async fn make(
    programs: &Path,
    keeper: Keeper,
    port: u16,
    password: &str,
) -> Result<Process, String> {
    let user = User::find();
    let data = data(keeper.folder());
    let secret = keeper.folder().join("password");
    let prepared = std::fs::set_permissions(keeper.folder(), Permissions::from_mode(0o755))
        .and_then(|()| std::fs::create_dir(&data))
        .and_then(|()| user.give(&data))
        .and_then(|()| std::fs::write(&secret, ""))
        .and_then(|()| user.give(&secret))
        .and_then(|()| std::fs::write(&secret, password));
    prepared.expect("the folder is ours");
    let mut initdb = user.command(&programs.join("initdb"));
    initdb.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
    initdb.args(["--no-sync", "--username", USER, "--pwfile"]);
    initdb.arg(&secret).arg("-D").arg(&data);
    keeper.run(&initdb, PATIENCE).await?;
    std::fs::remove_file(&secret).expect("the folder is ours");
    let mut postgres = user.command(&programs.join("postgres"));
    postgres.arg("-D").arg(&data);
    for setting in [
        "listen_addresses=127.0.0.1",
        &format!("port={port}"),
        "unix_socket_directories=",
        // In the folder, where it is removed with everything else.
        "dynamic_shared_memory_type=mmap",
        // What is written survives the server, if not the machine.
        "fsync=off",
    ] {
        postgres.args(["-c", setting]);
    }
    keeper.last_signal("QUIT");
    let process = Process::new(postgres, keeper);
    // By SIGTERM it would wait for its clients. Killed, it leaves a little memory behind
    // that no folder holds, and those who are busy for it.
    Ok(process.stopped_by(Signal::INT).parting(Signal::QUIT))
}

/// Whether the server that was started last takes connections. It writes down who it is
/// and how far it has come, into the file that keeps others off its store.
pub(super) fn is_ready(process: &Process, port: u16) -> bool {
    let file = data(process.folder()).join("postmaster.pid");
    let told = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<_> = told.lines().map(str::trim).collect();
    let id = process.id().map(|id| id.as_raw_nonzero().to_string());
    let port = port.to_string();
    lines.first().copied() == id.as_deref()
        && lines.get(3) == Some(&port.as_str())
        && lines.get(7) == Some(&"ready")
}

/// The processes of a server that serve a client each, and those that look after its
/// store. Each is a group of its own, and one that is busy does not notice that the server
/// has gone.
pub(super) fn serving(process: &Process) -> Vec<Pid> {
    let Some(parent) = process.id() else {
        return Vec::new();
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &i32| parent_of(*id) == Some(parent.as_raw_nonzero().get()))
        .filter_map(Pid::from_raw)
        .collect()
}

/// The second field behind the name, which is in parentheses and may hold some.
fn parent_of(id: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

/// Kills processes.
pub(super) fn end(processes: &[Pid]) {
    for process in processes {
        // It may have ended already.
        let _ = kill_process(*process, Signal::KILL);
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}
