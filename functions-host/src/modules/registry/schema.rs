//! The tables, and how an older database gets them.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// A version, a name and what is done.
type Step = (i64, &'static str, &'static str);

/// All there ever were, oldest first. One that was released is never changed.
const OF_SQLITE: [Step; 3] = [
    (
        1,
        "modules",
        include_str!("../../../migrations/sqlite/1_modules.sql"),
    ),
    (
        2,
        "modules_policy",
        include_str!("../../../migrations/sqlite/2_modules_policy.sql"),
    ),
    (
        3,
        "modules_objects",
        include_str!("../../../migrations/sqlite/3_modules_objects.sql"),
    ),
];

/// Likewise, for PostgreSQL: with the history that hosts share, since one migrator keeps
/// count of the steps of a database.
const OF_POSTGRES: [Step; 2] = [
    (
        1,
        "modules",
        include_str!("../../../migrations/postgres/1_modules.sql"),
    ),
    (
        2,
        "executions",
        include_str!("../../../migrations/postgres/2_executions.sql"),
    ),
];

pub(super) fn of_sqlite() -> Migrator {
    migrator(&OF_SQLITE)
}

/// It locks the database, so that of hosts that start at once one does the work.
pub(super) fn of_postgres() -> Migrator {
    migrator(&OF_POSTGRES)
}

fn migrator(steps: &[Step]) -> Migrator {
    let migrations = steps.iter().map(|&(version, name, sql)| {
        let sql = sql.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}
