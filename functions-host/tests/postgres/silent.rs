//! A network that takes everything and answers nothing, as one does that has lost the other
//! side.

use std::time::Duration;

use functions_host::modules::{
    BucketConfig, Listing, ModuleId, Modules, ModulesConfig, ModulesError, NewModule,
    PostgresConfig, RegistryConfig, StoreConfig, Terms, may_pass,
};
use functions_host::s3::Access;
use futures_util::future::join_all;
use futures_util::stream;
use sqlx::Executor as _;
use tempfile::TempDir;
use url::Url;

use crate::bucket::{BUCKET, BucketServer, variables};
use crate::database::TestDatabase;
use crate::wire::Wire;

/// Shorter than a host would have it.
const SHORT: Duration = Duration::from_millis(500);

fn new(id: &str) -> NewModule {
    NewModule {
        id: id.parse().unwrap(),
        abi: "pointer".to_owned(),
        terms: Terms::default(),
    }
}

/// Modules on a database and a store, each with a wire in between.
struct Ground {
    modules: Modules,
    to_database: Wire,
    to_store: Wire,
    database: TestDatabase,
    _rest: (BucketServer, TempDir),
}

impl Ground {
    async fn make() -> Self {
        let (database, buckets) = (TestDatabase::make().await, BucketServer::start());
        let folder = TempDir::new().unwrap();
        let mut url: Url = database.url().parse().unwrap();
        let to_database = Wire::to(url.port().unwrap_or(5432)).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(to_database.address().port())).unwrap();
        let store: Url = buckets.endpoint().parse().unwrap();
        let to_store = Wire::to(store.port().unwrap()).await;
        let endpoint = format!("http://{}", to_store.address());

        let mut postgres = PostgresConfig::new(url.as_str().parse().unwrap());
        postgres.connect_timeout = SHORT;
        postgres.timeout = SHORT;
        postgres.connections = 2;
        let place = format!("s3://{BUCKET}/modules").parse().unwrap();
        let access = Access::by_variables(variables(&endpoint));
        let mut bucket = BucketConfig::new(place, access, folder.path());
        bucket.idle = SHORT;
        bucket.retries = 1;
        let store = StoreConfig::Bucket(bucket);
        let mut config = ModulesConfig::new(store, RegistryConfig::Postgres(postgres));
        config.reserve = 0;
        Self {
            modules: Modules::open(config).await.unwrap(),
            to_database,
            to_store,
            database,
            _rest: (buckets, folder),
        }
    }

    async fn add(&self, id: &str) -> Result<(), ModulesError> {
        let bytes = bytes::Bytes::from(id.to_owned());
        let received = self.modules.receive(stream::iter([Ok::<_, String>(bytes)]));
        self.modules
            .add(new(id), received.await.unwrap())
            .await
            .map(drop)
    }

    async fn list(&self) -> Result<u64, ModulesError> {
        let listed = self.modules.list(&Listing::default()).await;
        listed.map(|listed| listed.total)
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_database_that_falls_silent_holds_nobody_up_and_is_found_again() {
    let ground = Ground::make().await;
    ground.add("a").await.unwrap();
    // More than there are connections.
    let many = async || join_all((0..6).map(|_| ground.list())).await;
    assert!(many().await.iter().all(Result::is_ok));
    for _ in 0..3 {
        ground.to_database.fall_silent(true);
        for listed in many().await {
            let error = listed.unwrap_err();
            assert!(error.is_transient(), "{error}");
        }
        assert!(ground.add("b").await.unwrap_err().is_transient());
        ground.to_database.fall_silent(false);
        while let Err(error) = ground.list().await {
            assert!(error.is_transient(), "{error}");
        }
        assert!(many().await.iter().all(Result::is_ok));
        // What nobody used meanwhile is not well either, and is passed over.
        ground.to_database.fall_silent(true);
        ground.to_database.fall_silent(false);
        ground.list().await.unwrap();
    }
    ground.add("b").await.unwrap();
    assert_eq!(ground.list().await.unwrap(), 2);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_store_that_falls_silent_holds_nobody_up_and_is_found_again() {
    let ground = Ground::make().await;
    ground.add("a").await.unwrap();
    let added = ground
        .modules
        .get(&"a".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ground.modules.bytes(&added).await.unwrap(), "a");
    ground.to_store.fall_silent(true);
    let error = ground.modules.bytes(&added).await.unwrap_err();
    assert!(may_pass(&error), "{error}");
    let error = ground.add("b").await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    ground.to_store.fall_silent(false);
    while let Err(error) = ground.modules.bytes(&added).await {
        assert!(may_pass(&error), "{error}");
    }
    ground.add("b").await.unwrap();
    assert_eq!(ground.list().await.unwrap(), 2);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn work_that_the_silence_falls_upon_keeps_no_connection() {
    let ground = Ground::make().await;
    ground.add("a").await.unwrap();
    let mut holding = ground.database.connect().await;
    let hold = "BEGIN; LOCK TABLE modules IN EXCLUSIVE MODE";
    holding.execute(sqlx::raw_sql(hold)).await.unwrap();
    let modules = &ground.modules;
    let working = async {
        // As many as there are connections.
        let [one, other]: [ModuleId; 2] = ["a", "b"].map(|id| id.parse().unwrap());
        tokio::join!(modules.remove(&one), modules.remove(&other))
    };
    let mut watching = ground.database.connect().await;
    let falling = async {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL";
        while sqlx::query_scalar::<_, i64>(waiting)
            .fetch_one(&mut watching)
            .await
            .unwrap()
            != 2
        {}
        ground.to_database.fall_silent(true);
    };
    let ((one, other), ()) = tokio::join!(working, falling);
    assert!(one.unwrap_err().is_transient() && other.unwrap_err().is_transient());
    ground.to_database.fall_silent(false);
    let mut listed = Vec::new();
    while listed.len() < 20 && !listed.last().is_some_and(Result::is_ok) {
        listed.push(ground.list().await);
    }
    assert!(listed.last().unwrap().is_ok(), "{listed:?}");
}
