//! The modules in a database of PostgreSQL, which any number of hosts share.
//!
//! What holds here for one process alone does not: two hosts may add and remove the same
//! bytes at once. So whoever does either holds them by an advisory lock, which ends with
//! the transaction, however that ends. A host that is cut off while it holds something is
//! thrown out by the server after a while, and each wait is bounded on both sides.

mod line;

use async_trait::async_trait;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::database::{Database, Purpose, Session, Words};
use super::rows::columns;
use super::schema;
use crate::modules::{ModulesError, PostgresConfig, PostgresUrl};
use crate::postgres::{Bounds, Lines, MIGRATING};

/// Rows that hold a text in any case.
macro_rules! holding {
    () => {
        "FROM modules WHERE strpos(lower(id), lower($1 COLLATE \"C\")) > 0 \
         OR strpos(lower(description), lower($1 COLLATE \"C\")) > 0"
    };
}

const WORDS: Words = Words {
    one_to_change: concat!(
        "SELECT ",
        columns!(),
        " FROM modules WHERE id = $1 FOR UPDATE"
    ),
    some: concat!(
        "SELECT ",
        columns!(),
        " ",
        holding!(),
        " ORDER BY id LIMIT $2 OFFSET $3"
    ),
    count: concat!("SELECT count(*) ", holding!()),
    objects: "SELECT DISTINCT encode(sha256, 'hex') || coalesce('-' || mark, '') || '.wasm' \
         FROM modules",
    loose: "SELECT object FROM loose_objects \
         WHERE doomed = 1 OR since <= extract(epoch FROM now())::bigint - $1 \
         LIMIT 1000",
};

#[derive(Debug)]
pub(super) struct Postgres {
    lines: Lines,
}

impl Postgres {
    pub(super) async fn open(config: &PostgresConfig) -> Result<Self, ModulesError> {
        let bounds = Bounds {
            connections: config.connections,
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
        };
        let lines = Lines::new(config.url.options().clone(), bounds);
        let unusable = |error: sqlx::Error| ModulesError::Unusable {
            database: config.url.to_string(),
            why: match error {
                sqlx::Error::PoolTimedOut => {
                    format!("it did not answer within {:?}", config.connect_timeout)
                }
                error => error.to_string(),
            },
        };
        let mut connection = lines.one_to_migrate().await.map_err(unusable)?;
        let migrated = timeout(MIGRATING, migrate(&mut connection, &config.url));
        migrated.await.unwrap_or_else(|_| {
            Err(ModulesError::Unusable {
                database: config.url.to_string(),
                why: format!("it was not brought up to date within {MIGRATING:?}"),
            })
        })?;
        // What is locked there is free again with the connection.
        let _ = timeout(config.timeout, connection.close()).await;
        Ok(Self { lines })
    }
}

async fn migrate(connection: &mut PgConnection, url: &PostgresUrl) -> Result<(), ModulesError> {
    let encoding = sqlx::query_scalar::<_, String>("SHOW server_encoding");
    let encoding = encoding.fetch_one(&mut *connection).await?;
    if encoding != "UTF8" {
        return Err(ModulesError::Unusable {
            database: url.to_string(),
            why: format!("its encoding is {encoding}, and has to be UTF8"),
        });
    }
    let migrated = schema::of_postgres().run(connection).await;
    migrated.map_err(|source| ModulesError::Migration {
        database: url.to_string(),
        source,
    })
}

#[async_trait]
impl Database for Postgres {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn lines(&self) -> Option<&Lines> {
        Some(&self.lines)
    }

    async fn session(&self, purpose: Purpose) -> Result<Box<dyn Session>, ModulesError> {
        let mut line = self.lines.line().await?;
        match purpose {
            Purpose::Look => {}
            Purpose::Read => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                line.begin(begin).await?;
            }
            // What was written before a lock was had has to be seen after it.
            Purpose::Write => line.begin("BEGIN ISOLATION LEVEL READ COMMITTED").await?,
        }
        Ok(Box::new(line))
    }

    async fn close(&self) {
        self.lines.close().await;
    }
}
