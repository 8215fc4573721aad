//! Several hosts at once.

use std::time::Duration;

use futures_util::future::join_all;

use super::bucket::{BUCKET, ID, SECRET};
use super::{Ground, Modules, add, assert_consistent, ids, new, remove, stream_of};
use crate::modules::object::Object;
use crate::modules::store::Bucket;
use crate::modules::{ModulesError, RegistryConfig, StoreConfig, may_pass};

super::on_all! {
    a_module_that_is_added_at_one_host_is_there_at_all
    a_module_that_is_removed_or_changed_at_one_host_is_so_at_all_before_long
    bytes_that_come_and_go_at_many_hosts_are_there_for_those_who_stay
    hosts_that_start_at_once_bring_the_database_up_to_date_once
    bytes_that_are_not_those_any_more_are_handed_on_to_nobody
    a_module_of_many_megabytes_comes_back_as_it_was
}

async fn a_module_that_is_added_at_one_host_is_there_at_all(ground: &Ground) {
    let (here, there) = (ground.open().await, ground.open().await);
    let added = add(&here, "a", b"bytes").await.unwrap();
    let found = there.get(&added.id).await.unwrap().unwrap();
    assert_eq!(*found, added);
    assert_eq!(there.bytes(&found).await.unwrap(), "bytes");
    let again = add(&there, "a", b"others").await;
    assert!(matches!(again, Err(ModulesError::Exists(_))));
    assert_consistent(ground, &there).await;
}

/// How long that is: see `Recent`.
async fn a_module_that_is_removed_or_changed_at_one_host_is_so_at_all_before_long(ground: &Ground) {
    let (here, there) = (ground.open().await, ground.open().await);
    let id = add(&here, "a", b"bytes").await.unwrap().id;
    assert!(there.get(&id).await.unwrap().is_some());
    let changed = here.change(&id, |terms| {
        terms.description = Some("new".to_owned());
        Ok::<_, ()>(())
    });
    changed.await.unwrap().unwrap().unwrap();
    while there.get(&id).await.unwrap().unwrap().description.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    remove(&here, "a").await.unwrap();
    while there.get(&id).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    add(&here, "a", b"bytes").await.unwrap();
    assert!(there.get(&id).await.unwrap().is_some());
}

async fn bytes_that_come_and_go_at_many_hosts_are_there_for_those_who_stay(ground: &Ground) {
    let hosts = join_all((0..3).map(|_| ground.open())).await;
    let [a, b, c] = &hosts[..] else { return };
    for _ in 0..10 {
        add(a, "leaves", b"same").await.unwrap();
        let stays = async |host: &Modules, id| add(host, id, b"same").await.unwrap();
        let leaves = remove(c, "leaves");
        let (_, _, left) = tokio::join!(stays(a, "stays"), stays(b, "too"), leaves);
        assert!(left.is_some());
        assert_eq!(ids(b).await, ["stays", "too"]);
        assert_consistent(ground, b).await;
        let (one, other) = tokio::join!(remove(b, "stays"), remove(c, "too"));
        assert!(one.unwrap() || other.unwrap());
        assert_consistent(ground, a).await;
    }
}

async fn hosts_that_start_at_once_bring_the_database_up_to_date_once(ground: &Ground) {
    let hosts = join_all((0..4).map(|_| ground.open())).await;
    add(&hosts[0], "a", b"bytes").await.unwrap();
    for host in &hosts {
        assert_eq!(ids(host).await, ["a"]);
    }
}

async fn bytes_that_are_not_those_any_more_are_handed_on_to_nobody(ground: &Ground) {
    let modules = ground.open().await;
    let added = add(&modules, "a", b"bytes").await.unwrap();
    for others in ["BYTES", "byte", "bytes!"] {
        std::fs::write(&ground.files()[0], others).unwrap();
        let damaged = modules.bytes(&added).await.unwrap_err();
        assert_eq!(damaged.kind(), std::io::ErrorKind::InvalidData);
        assert!(!may_pass(&damaged));
    }
    std::fs::remove_file(&ground.files()[0]).unwrap();
    let gone = modules.bytes(&added).await.unwrap_err();
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound);
}

async fn a_module_of_many_megabytes_comes_back_as_it_was(ground: &Ground) {
    let modules = ground.open().await;
    let bytes: Vec<u8> = (0..17_u32 << 20).map(|n| (n / 7) as u8).collect();
    let pieces = bytes
        .chunks(1 << 20)
        .map(|piece| Ok::<_, ()>(piece.to_vec().into()));
    let pieces = pieces.map(|piece| piece.map_err(|()| "none"));
    let received = modules
        .receive(futures_util::stream::iter(pieces))
        .await
        .unwrap();
    let added = modules.add(new("large", None), received).await.unwrap();
    assert_eq!(modules.bytes(&added).await.unwrap(), bytes);
    assert_eq!(ground.objects().len(), 1);
    remove(&modules, "large").await.unwrap();
    assert_consistent(ground, &modules).await;
}

/// A bucket, beside modules in the same place.
async fn bucket(ground: &Ground) -> Bucket {
    let config = ground.config();
    let StoreConfig::Bucket(bucket) = &config.store else {
        panic!("it has a bucket");
    };
    Bucket::open(bucket, config.timeout).await.unwrap()
}

async fn what_a_living_host_brings_is_left_to_it_for_a_while(ground: &Ground) {
    let here = ground.open().await;
    let received = here.receive(stream_of(b"bytes")).await.unwrap();
    let (bucket, object) = (bucket(ground).await, Object::unique(received.digest()));
    let registry = &here.0.registry;
    bucket.bring(registry, &object, &received).await.unwrap();

    let mut config = ground.config();
    config.grace = Duration::from_secs(60);
    Modules::open(config).await.unwrap();
    assert_eq!(ground.objects(), [object.to_string()]);
    let new = new("a", None);
    let added = bucket.insert(registry, &new, &received, Some(&object));
    assert!(added.await.unwrap().is_some());
    // Whoever thinks that this went wrong, since nobody answered, harms nothing.
    bucket.discard(registry, &object).await.unwrap();
    drop(received);
    assert_consistent(ground, &here).await;
}

async fn what_came_too_late_is_no_module(ground: &Ground, is_under_way: bool) {
    let here = ground.open().await;
    let received = here.receive(stream_of(b"bytes")).await.unwrap();
    let (bucket, object) = (bucket(ground).await, Object::unique(received.digest()));
    let registry = &here.0.registry;
    bucket.bring(registry, &object, &received).await.unwrap();
    if is_under_way {
        // Somebody has begun to take it away, and has come no further.
        let mut changes = registry.begin().await.unwrap();
        assert!(changes.doom(&object).await.unwrap());
        changes.keep().await.unwrap();
    } else {
        // With no time to wait for anybody.
        ground.open().await;
        assert!(ground.objects().is_empty());
    }
    let new = new("a", None);
    let late = bucket
        .insert(registry, &new, &received, Some(&object))
        .await;
    assert!(late.unwrap_err().is_transient());
    bucket.discard(registry, &object).await.unwrap();
    drop(received);
    assert!(ids(&here).await.is_empty());
    assert_consistent(ground, &here).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn postgres_leaves_what_a_living_host_brings_to_it_for_a_while() {
    what_a_living_host_brings_is_left_to_it_for_a_while(&Ground::postgres().await).await;
}

#[tokio::test]
async fn what_came_too_late_is_no_module_in_sqlite() {
    for is_under_way in [false, true] {
        what_came_too_late_is_no_module(&Ground::bucket(), is_under_way).await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn what_came_too_late_is_no_module_in_postgres() {
    for is_under_way in [false, true] {
        what_came_too_late_is_no_module(&Ground::postgres().await, is_under_way).await;
    }
}

/// Why modules are not opened in this bucket, with this key.
async fn refusal(ground: &Ground, bucket: &str, secret: &str) -> ModulesError {
    let mut config = ground.config();
    let StoreConfig::Bucket(there) = &mut config.store else {
        panic!("it has a bucket");
    };
    there.url = format!("s3://{bucket}/modules").parse().unwrap();
    there.access.secret_access_key = Some(secret.to_owned());
    there.access.access_key_id = Some(ID.to_owned());
    Modules::open(config).await.unwrap_err()
}

#[tokio::test]
async fn a_bucket_that_is_not_there_or_not_open_stops_the_start_with_its_reason() {
    let ground = Ground::bucket();
    for (bucket, secret, why) in [
        ("nowhere", SECRET, "the store has none of this name"),
        (BUCKET, "a-wrong-one", "the store does not let this host"),
    ] {
        let said = refusal(&ground, bucket, secret).await.to_string();
        let begin = format!("s3://{bucket}/modules cannot be opened: {why}");
        assert!(said.starts_with(&begin), "{said}");
        assert!(!said.contains(secret), "{said}");
    }
}

/// What a session of the database says to a statement.
async fn say(ground: &Ground, sql: impl Into<String>) -> sqlx::Result<()> {
    let mut connection = ground.database().connect().await;
    let said = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.into()));
    let said = sqlx::Executor::execute(&mut connection, said).await;
    said.map(drop)
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn postgres_is_waited_for_no_longer_than_is_set_where_others_hold_what_is_needed() {
    let ground = Ground::postgres().await;
    let mut config = ground.config();
    if let RegistryConfig::Postgres(postgres) = &mut config.registry {
        postgres.timeout = Duration::from_millis(300);
    }
    let modules = Modules::open(config).await.unwrap();
    add(&modules, "a", b"bytes").await.unwrap();
    let mut other = ground.database().connect().await;
    let hold = "BEGIN; SELECT 1 FROM modules WHERE id = 'a' FOR UPDATE";
    sqlx::Executor::execute(&mut other, sqlx::raw_sql(hold))
        .await
        .unwrap();
    for _ in 0..10 {
        let waited = modules.remove(&"a".parse().unwrap()).await.unwrap_err();
        assert!(waited.is_transient(), "{waited}");
        // Nobody who only reads waits for them.
        assert_eq!(ids(&modules).await, ["a"]);
    }
    drop(other);
    while let Err(error) = modules.remove(&"a".parse().unwrap()).await {
        assert!(error.is_transient(), "{error}");
    }
    assert_consistent(&ground, &modules).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn postgres_of_a_newer_host_is_left_alone() {
    let ground = Ground::postgres().await;
    ground.open().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                 execution_time) VALUES (99, 'newer', true, '', 0)";
    say(&ground, newer).await.unwrap();
    let refused = Modules::open(ground.config()).await.unwrap_err();
    assert!(matches!(refused, ModulesError::Migration { .. }));
    assert!(refused.to_string().contains("99"), "{refused}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn postgres_that_cannot_hold_every_text_is_refused() {
    let ground = Ground::postgres().await;
    let other = format!("other_{}", uuid::Uuid::now_v7().simple());
    let make = format!("CREATE DATABASE {other} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    say(&ground, make).await.unwrap();
    let mut url: url::Url = ground.database().url().parse().unwrap();
    url.set_path(&other);
    let mut config = ground.config();
    if let RegistryConfig::Postgres(postgres) = &mut config.registry {
        postgres.url = url.as_str().parse().unwrap();
    }
    let refused = Modules::open(config).await.unwrap_err().to_string();
    let gone = format!("DROP DATABASE {other} WITH (FORCE)");
    say(&ground, gone).await.unwrap();
    let why = "its encoding is LATIN1, and has to be UTF8";
    assert!(refused.contains(why), "{refused}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn postgres_gives_an_id_to_the_first_of_two_whose_transactions_are_open() {
    let ground = Ground::postgres().await;
    let modules = ground.open().await;
    let registry = &modules.0.registry;
    let (mut first, mut second) = tokio::join!(async { registry.begin().await.unwrap() }, async {
        registry.begin().await.unwrap()
    });
    let mut module = add(&modules, "a", b"bytes").await.unwrap();
    module.id = "b".parse().unwrap();
    first.insert(&module).await.unwrap();
    // Not yet, as far as others see.
    assert!(!second.is_taken(&module.id).await.unwrap());
    let (kept, refused) = tokio::join!(first.keep(), second.insert(&module));
    kept.unwrap();
    assert!(matches!(refused, Err(ModulesError::Exists(id)) if id == module.id));
    drop(second);
    assert_eq!(ids(&modules).await, ["a", "b"]);
}
