//! A pool of connections, made once and shared by all calls.
//!
//! ```text
//! cargo run --bin state --features sqlite
//! ```
//!
//! The database is in memory unless `DATABASE_URL` names another, such as
//! `sqlite:notes.db?mode=rwc`.

use functions_core::{FunctionServer, State, function};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

#[derive(Debug, PartialEq, Serialize, JsonSchema, sqlx::FromRow)]
#[cfg_attr(test, derive(serde::Deserialize))]
struct Note {
    id: i64,
    text: String,
}

/// Keeps a note and tells its number.
#[function]
async fn add_note(pool: State<SqlitePool>, text: String) -> Result<i64, sqlx::Error> {
    let added = sqlx::query("INSERT INTO notes (text) VALUES (?)").bind(text);
    Ok(added.execute(&*pool).await?.last_insert_rowid())
}

/// Finds the notes that contain a word, the latest first.
#[function]
async fn find_notes(
    pool: State<SqlitePool>,
    #[arg(default)] word: String,
    /// How many at most
    #[arg(default = 10)]
    limit: u32,
) -> Result<Vec<Note>, sqlx::Error> {
    sqlx::query_as("SELECT id, text FROM notes WHERE instr(text, ?) ORDER BY id DESC LIMIT ?")
        .bind(word)
        .bind(limit)
        .fetch_all(&*pool)
        .await
}

async fn connect(url: &str) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        // A database in memory goes with its last connection.
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect(url)
        .await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        .execute(&pool)
        .await?;
    Ok(pool)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let pool = connect(&url).await?;
    FunctionServer::new().state(pool.clone()).serve().await?;
    // All executions are over by now.
    pool.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Note, add_note, connect};
    use functions_core::testing::InProcess;
    use functions_core::{FunctionServer, State};
    use serde_json::json;

    #[tokio::test]
    async fn a_function_can_be_called_with_a_pool_of_the_test() {
        let pool = State::new(connect("sqlite::memory:").await.unwrap());
        assert_eq!(add_note(pool.clone(), "one".to_owned()).await.unwrap(), 1);
        assert_eq!(add_note(pool, "two".to_owned()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn all_calls_share_the_pool_that_the_server_was_given() {
        let pool = connect("sqlite::memory:").await.unwrap();
        let functions = InProcess::new(FunctionServer::new().state(pool)).unwrap();
        for text in ["buy pens", "buy ink", "write"] {
            let _: i64 = functions
                .invoke("add_note", json!({"text": text}))
                .await
                .unwrap();
        }
        let notes: Vec<Note> = functions
            .invoke("find_notes", json!({"word": "buy"}))
            .await
            .unwrap();
        let texts: Vec<_> = notes.iter().map(|note| &*note.text).collect();
        assert_eq!(texts, ["buy ink", "buy pens"]);
    }

    #[tokio::test]
    async fn a_server_does_not_start_without_the_pool() {
        let error = InProcess::new(FunctionServer::new()).unwrap_err();
        assert!(error.to_string().contains("add_note"), "{error}");
    }
}
