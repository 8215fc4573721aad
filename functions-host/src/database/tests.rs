//! What is written is there afterwards, and what fails is not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use futures_util::future::join_all;

use super::{Database, DatabaseError, Outlives};

async fn open(folder: &Path) -> Database {
    let database = Database::open(&folder.join("events.db")).await.unwrap();
    let made =
        database.write(|db| db.execute_batch("CREATE TABLE IF NOT EXISTS t (n INTEGER UNIQUE)"));
    made.await.unwrap();
    database
}

async fn insert(database: &Database, n: i64) -> Result<usize, DatabaseError> {
    database
        .write(move |db| {
            let mut insert = db.prepare_cached("INSERT INTO t VALUES (?)")?;
            insert.execute([n])
        })
        .await
}

async fn all(database: &Database) -> Vec<i64> {
    database
        .read(|db| {
            let mut select = db.prepare("SELECT n FROM t ORDER BY n")?;
            select.query_map((), |row| row.get(0))?.collect()
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn of_many_who_write_at_once_only_those_that_fail_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    insert(&database, 50).await.unwrap();
    let written = join_all((0..100).map(|n| insert(&database, n))).await;
    for (n, written) in written.iter().enumerate() {
        assert_eq!(written.is_err(), n == 50);
    }
    assert_eq!(all(&database).await, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn work_that_fails_or_panics_halfway_leaves_nothing_and_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    let fails = database.write(|db| {
        db.execute("INSERT INTO t VALUES (1)", ())?;
        db.execute("INSERT INTO nowhere VALUES (1)", ())
    });
    let panics = database.write(|db| -> rusqlite::Result<()> {
        db.execute("INSERT INTO t VALUES (2)", ())?;
        panic!("as it should")
    });
    let (fails, panics, fine) = tokio::join!(fails, panics, insert(&database, 3));
    assert!(matches!(fails, Err(DatabaseError::Failed(_))));
    assert!(matches!(panics, Err(DatabaseError::Broken)));
    fine.unwrap();
    assert_eq!(all(&database).await, [3]);
}

#[tokio::test]
async fn what_is_left_is_done_before_what_is_asked_for_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    for n in 0..100 {
        let left = database.write_behind(move |db| {
            db.execute("INSERT INTO t VALUES (?)", [n])?;
            Ok(())
        });
        left.await.unwrap();
        let there = database.write(move |db| {
            db.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0))
        });
        assert_eq!(there.await.unwrap(), n + 1);
    }
}

#[tokio::test]
async fn a_statement_that_fails_by_itself_takes_nobody_along_and_what_follows_it_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    insert(&database, 50).await.unwrap();
    let kept = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let written = join_all((0..100).map(|n| {
        let kept = std::sync::Arc::clone(&kept);
        let work = move |db: &rusqlite::Connection| db.execute("INSERT INTO t VALUES (?)", [n]);
        database.write_one(work, move |_| kept.lock().unwrap().push(n))
    }));
    for (n, written) in written.await.iter().enumerate() {
        assert_eq!(written.is_err(), n == 50);
    }
    assert_eq!(all(&database).await, (0..100).collect::<Vec<_>>());
    let kept = kept.lock().unwrap().clone();
    assert_eq!(kept, (0..100).filter(|n| *n != 50).collect::<Vec<_>>());
}

#[tokio::test]
async fn where_the_whole_transaction_is_taken_back_nobody_is_told_of_success() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    // As a disk that is full does.
    let takes_back = database.write_one(
        |db| db.execute("INSERT OR ROLLBACK INTO t VALUES (1), (1)", ()),
        |_| {},
    );
    let (first, taken_back, last) =
        tokio::join!(insert(&database, 2), takes_back, insert(&database, 3));
    assert!(taken_back.is_err());
    let there = all(&database).await;
    assert_eq!(first.is_ok(), there.contains(&2));
    assert_eq!(last.is_ok(), there.contains(&3));
    insert(&database, 4).await.unwrap();
}

#[tokio::test]
async fn what_was_asked_for_before_the_end_is_done_and_nothing_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    let ((), written) = tokio::join!(database.close(), insert(&database, 1));
    let refused = insert(&database, 2).await;
    assert!(matches!(refused, Err(DatabaseError::Closed)));
    let kept = all(&open(folder.path()).await).await;
    assert_eq!(kept.len(), usize::from(written.is_ok()));
}

#[tokio::test]
async fn a_database_of_a_newer_host_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    let newer = database.write(|db| db.pragma_update(None, "user_version", 99));
    newer.await.unwrap();
    database.close().await;
    let refused = Database::open(&folder.path().join("events.db")).await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("newer host") && said.contains("99"), "{said}");
}

#[tokio::test]
async fn the_files_are_readable_by_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    insert(&database, 1).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file:?}");
    }
}

#[tokio::test]
async fn what_need_not_outlive_the_machine_is_there_for_the_next_and_can_be_synced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.db");
    let database = Database::open_to(Outlives::Process, &file).await.unwrap();
    let made = database.write(|db| db.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)"));
    made.await.unwrap();
    insert(&database, 1).await.unwrap();
    database.sync().await.unwrap();
    // Nothing is told to end, as where a process is killed.
    let next = Database::open_to(Outlives::Process, &file).await.unwrap();
    assert_eq!(all(&next).await, [1]);
    let mode = next.write(|db| db.pragma_query_value(None, "synchronous", |row| row.get(0)));
    let (normal, full): (i64, i64) = (mode.await.unwrap(), 2);
    let others = open(folder.path()).await;
    let mode = others.write(|db| db.pragma_query_value(None, "synchronous", |row| row.get(0)));
    assert_eq!((normal, mode.await.unwrap()), (1, full));
}
