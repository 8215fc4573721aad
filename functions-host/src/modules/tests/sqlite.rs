//! What only SQLite and a folder do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use futures_util::future::join_all;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::ground::{names, paths};
use super::{Digest, Ground, Modules, add, assert_consistent, ids, remove};

#[tokio::test]
async fn the_files_of_the_database_are_readable_by_their_owner_alone() {
    let ground = Ground::disk();
    let modules = ground.open().await;
    add(&modules, "a", b"bytes").await.unwrap();
    let files = names(paths(ground.folder()));
    assert!(files.contains(&"functions.db-wal".to_owned()), "{files:?}");
    for file in files.iter().filter(|name| name.starts_with("functions.db")) {
        let metadata = ground.folder().join(file).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o077, 0, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_who_make_the_database_at_once_all_have_it() {
    for _ in 0..10 {
        let ground = Ground::disk();
        let opening = (0..8).map(|_| {
            let config = ground.config();
            spawn_blocking(|| Handle::current().block_on(Modules::open(config)))
        });
        for opened in join_all(opening).await {
            opened.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_start_leaves_files_alone_that_are_no_modules() {
    let ground = Ground::disk();
    drop(ground.open().await);
    let own = ground.folder().join("modules/README.txt");
    let stray = format!("modules/{}.wasm", "0".repeat(64));
    fs::write(&own, "mine").unwrap();
    fs::write(ground.folder().join(stray), "nobody's").unwrap();
    drop(ground.open().await);
    assert_eq!(
        names(paths(&ground.folder().join("modules"))),
        ["README.txt", "incoming"]
    );
}

/// What was released, by version, name and the beginning of its checksum.
const RELEASED: [(i64, &str, &str, &str); 2] = [
    (
        1,
        "modules",
        include_str!("../../../migrations/sqlite/1_modules.sql"),
        "e5e983a4",
    ),
    (
        2,
        "modules_policy",
        include_str!("../../../migrations/sqlite/2_modules_policy.sql"),
        "8f5c6fca",
    ),
];

#[tokio::test]
async fn a_database_of_an_older_host_is_brought_up_to_date_with_its_modules() {
    let ground = Ground::disk();
    let file = ground.folder().join("functions.db");
    let made = SqliteConnectOptions::new().filename(file);
    let pool = SqlitePool::connect_with(made.create_if_missing(true))
        .await
        .unwrap();
    let released = RELEASED.map(|(version, name, sql, checksum)| {
        let sql = sql.into_sql_str();
        let released = Migration::new(version, name.into(), MigrationType::Simple, sql, false);
        let first = released
            .checksum
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"));
        assert_eq!(first.collect::<String>(), checksum, "{name} was changed");
        released
    });
    let migrator = Migrator::with_migrations(released.into());
    migrator.run(&pool).await.unwrap();
    let digest = Digest::of(b"old");
    let row =
        "INSERT INTO modules VALUES ('old', NULL, $1, 3, 'pointer', 'then', NULL, NULL, NULL)";
    let row = sqlx::query(row).bind(digest.as_bytes().as_slice());
    row.execute(&pool).await.unwrap();
    pool.close().await;
    fs::create_dir(ground.folder().join("modules")).unwrap();
    let bytes = format!("modules/{digest}.wasm");
    fs::write(ground.folder().join(bytes), "old").unwrap();

    let modules = ground.open().await;
    assert_eq!(ids(&modules).await, ["old"]);
    assert_consistent(&ground, &modules).await;
    add(&modules, "new", b"old").await.unwrap();
    assert_eq!(remove(&modules, "old").await, Some(false));
    assert_consistent(&ground, &modules).await;
}
