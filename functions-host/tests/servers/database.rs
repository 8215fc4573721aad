//! A database of its own on the PostgreSQL that tests may use.

use functions_tests::postgres::lent_url;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use url::Url;
use uuid::Uuid;

/// A database, which is dropped with this.
pub(crate) struct TestDatabase {
    server: Url,
    name: String,
}

impl TestDatabase {
    /// Makes one. It sorts as people do, where the server can, and not by bytes.
    pub(crate) async fn make() -> Self {
        let server: Url = lent_url().parse().unwrap();
        let name = format!("functions_test_{}", Uuid::now_v7().simple());
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        let by_people = format!("{create} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'");
        let mut connection = connect(&server).await;
        if connection.execute(AssertSqlSafe(by_people)).await.is_err() {
            connection.execute(AssertSqlSafe(create)).await.unwrap();
        }
        connection.close().await.unwrap();
        Self { server, name }
    }

    pub(crate) fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        connect(&self.url().parse().unwrap()).await
    }
}

async fn connect(url: &Url) -> PgConnection {
    PgConnectOptions::from_url(url)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // Somebody may wait for this on the thread of a runtime.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let options = PgConnectOptions::from_url(&server).unwrap();
                if let Ok(mut connection) = options.connect().await {
                    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
                    let _ = connection.execute(AssertSqlSafe(drop)).await;
                }
            });
        });
        let _ = dropped.join();
    }
}
