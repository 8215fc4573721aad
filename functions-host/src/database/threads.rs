//! The threads that hold a connection each.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, OpenFlags, ffi};
use tokio::sync::mpsc;

use super::work::Work;
use super::{DatabaseError, Outlives, make_private, schema};

/// How long to wait for another process that looks at it.
const BUSY: Duration = Duration::from_secs(10);

/// How many may wait for a thread; more wait until there is room.
const WAITING: usize = 1024;

/// How many share a transaction at most.
const TOGETHER: usize = 256;

/// How many statements stay prepared.
const STATEMENTS: usize = 64;

type Sender = mpsc::Sender<Option<Box<dyn Work>>>;
type Receiver = mpsc::Receiver<Option<Box<dyn Work>>>;

#[derive(Debug)]
pub(super) struct Threads {
    work: Sender,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Threads {
    pub(super) fn that_write(
        outlive: Outlives,
        path: &Path,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        // Inputs and results of all tenants stand in it.
        make_private(path)?;
        let mut connection = connect(path, mode)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // The log is synced with each commit, or before it is copied back.
        let synchronous = match outlive {
            Outlives::Machine => "FULL",
            Outlives::Process => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        schema::bring_up_to_date(&mut connection)?;
        // In pages: the log is copied back in larger pieces than it would be.
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        // In KiB.
        connection.pragma_update(None, "cache_size", -16_384)?;
        let (work, receiver) = mpsc::channel(WAITING);
        let thread = thread::Builder::new().name("database".to_owned());
        let thread = thread.spawn(move || write(&connection, receiver))?;
        Ok(Self {
            work,
            threads: Mutex::new(vec![thread]),
        })
    }

    pub(super) fn that_read(path: &Path, many: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let (work, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = (0..many).map(|_| {
            let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let receiver = Arc::clone(&receiver);
            let thread = thread::Builder::new().name("database-read".to_owned());
            Ok(thread.spawn(move || read(&connection, &receiver))?)
        });
        let threads = threads.collect::<Result<_, Box<dyn std::error::Error>>>()?;
        Ok(Self {
            work,
            threads: Mutex::new(threads),
        })
    }

    pub(super) async fn send(&self, work: Box<dyn Work>) -> Result<(), DatabaseError> {
        let sent = self.work.send(Some(work)).await;
        sent.map_err(|_| DatabaseError::Closed)
    }

    /// Ends the threads behind what they have to do, and waits for them.
    pub(super) async fn close(&self) {
        let threads = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *threads)
        };
        for _ in &threads {
            // One that is away already needs not be told.
            let _ = self.work.send(None).await;
        }
        let joined =
            tokio::task::spawn_blocking(|| threads.into_iter().try_for_each(JoinHandle::join));
        if !matches!(joined.await, Ok(Ok(()))) {
            tracing::error!("A thread of the database panicked");
        }
    }
}

fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection stays on its thread.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // Statements are planned once, and not anew for each value that they are given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn read(connection: &Connection, receiver: &Mutex<Receiver>) {
    loop {
        let next = {
            let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.blocking_recv()
        };
        let Some(Some(mut work)) = next else {
            return;
        };
        work.run(connection);
        work.tell(Ok(()));
    }
}

fn write(connection: &Connection, mut receiver: Receiver) {
    let mut goes_on = true;
    while goes_on {
        let mut together = Vec::new();
        match receiver.blocking_recv() {
            Some(Some(work)) => together.push(work),
            _ => return,
        }
        while together.len() < TOGETHER {
            match receiver.try_recv() {
                Ok(Some(work)) => together.push(work),
                Ok(None) => {
                    goes_on = false;
                    break;
                }
                Err(_) => break,
            }
        }
        let kept = transact(connection, &mut together).map_err(|error| {
            tracing::error!(%error, lost = together.len(), "Nothing could be written to the database");
            if !connection.is_autocommit() {
                // It may have been rolled back already, which is as well.
                let _ = connection.execute_batch("ROLLBACK");
            }
            DatabaseError::from(error)
        });
        for work in together {
            work.tell(kept.clone());
        }
    }
}

fn transact(connection: &Connection, together: &mut [Box<dyn Work>]) -> rusqlite::Result<()> {
    let run = |sql| connection.prepare_cached(sql)?.execute(());
    run("BEGIN IMMEDIATE")?;
    for work in together {
        if work.is_one() {
            // A disk that is full takes the whole transaction back.
            if !work.run(connection) && connection.is_autocommit() {
                let taken_back = ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK);
                return Err(Error::SqliteFailure(taken_back, None));
            }
            continue;
        }
        run("SAVEPOINT one")?;
        if !work.run(connection) {
            run("ROLLBACK TO one")?;
        }
        run("RELEASE one")?;
    }
    run("COMMIT")?;
    Ok(())
}
