//! What executions are tested on: the folder of a host, and what it shares with others.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use super::twin::Twin;
use super::{Executions, ExecutionsConfig};
use crate::database::Database;
use crate::executions::{PostgresHistory, SharedHistory};
use crate::postgres::database::TestDatabase;
use crate::postgres::{Bounds, Lines};

pub(crate) const TABLES: &str = include_str!("../../../migrations/postgres/2_executions.sql");

/// A host's folder, and the history that it shares.
pub(super) struct Ground {
    folder: TempDir,
    shared: Shared,
}

#[derive(Clone)]
enum Shared {
    Nothing,
    Twin(Twin),
    Postgres(Arc<TestDatabase>),
}

impl Ground {
    /// A host that shares nothing.
    pub(super) fn alone() -> Self {
        Self::over(Shared::Nothing)
    }

    /// One that shares a history in memory.
    pub(super) fn twin() -> Self {
        Self::over(Shared::Twin(Twin::default()))
    }

    /// One that shares a history in a PostgreSQL.
    pub(super) async fn postgres() -> Self {
        let database = TestDatabase::make().await;
        let mut connection = database.connect().await;
        connection.execute(sqlx::raw_sql(TABLES)).await.unwrap();
        connection.close().await.unwrap();
        Self::over(Shared::Postgres(Arc::new(database)))
    }

    fn over(shared: Shared) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, shared }
    }

    /// Another host, which shares the same.
    pub(super) fn another(&self) -> Self {
        Self::over(self.shared.clone())
    }

    /// The history in memory.
    pub(super) fn memory(&self) -> &Twin {
        match &self.shared {
            Shared::Twin(twin) => twin,
            _ => panic!("there is none"),
        }
    }

    /// The history that is shared.
    pub(super) fn history(&self) -> Box<dyn SharedHistory> {
        match &self.shared {
            Shared::Nothing => panic!("there is none"),
            Shared::Twin(twin) => Box::new(twin.clone()),
            Shared::Postgres(database) => Box::new(PostgresHistory::new(lines(database))),
        }
    }

    /// Has it be time to sweep the history again.
    pub(super) async fn is_time_to_sweep(&self) {
        if let Shared::Postgres(database) = &self.shared {
            let mut connection = database.connect().await;
            let again = "UPDATE executions_history SET swept_at = NULL";
            connection.execute(again).await.unwrap();
        }
    }

    pub(super) async fn open(&self, config: ExecutionsConfig) -> Executions {
        let file = self.folder.path().join("events.db");
        let database = Database::open(&file).await.unwrap();
        let opened = match self.shared {
            Shared::Nothing => Executions::open(database, config).await,
            _ => Executions::open_shared(database, config, self.history()).await,
        };
        opened.unwrap()
    }

    /// With what a host is set to where nothing is said.
    pub(super) async fn host(&self) -> Executions {
        self.open(ExecutionsConfig::default()).await
    }
}

pub(crate) fn lines(database: &TestDatabase) -> Lines {
    let options = PgConnectOptions::from_str(&database.url()).unwrap();
    let bounds = Bounds {
        connections: 4,
        connect_timeout: Duration::from_secs(30),
        timeout: Duration::from_secs(60),
    };
    Lines::new(options, bounds)
}
