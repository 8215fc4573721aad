//! The tables, and how an older database gets them.

use std::path::Path;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::ModulesError;

/// All there ever were, oldest first. One that was released is never changed.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (
        1,
        "modules",
        include_str!("../../../migrations/1_modules.sql"),
    ),
    (
        2,
        "modules_policy",
        include_str!("../../../migrations/2_modules_policy.sql"),
    ),
];

pub(super) async fn bring_up_to_date(pool: &SqlitePool, path: &Path) -> Result<(), ModulesError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        let sql = sql.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let migrated = Migrator::with_migrations(migrations.into()).run(pool).await;
    migrated.map_err(|source| ModulesError::Migration {
        path: path.to_owned(),
        source,
    })
}
