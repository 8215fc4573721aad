//! How PostgreSQL goes about it.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Execute as _, Executor as _, Postgres, QueryBuilder};

use super::{PostgresHistory, listing};
use crate::executions::tests::ground::{TABLES, lines};
use crate::executions::{ExecutionsConfig, Listing, SharedHistory as _, Status};
use crate::postgres::database::TestDatabase;

/// 100,000 executions of 200 tenants, of which one in 97 has failed.
const MANY: &str = "INSERT INTO executions (id, tenant, request_id, content, wasm_module_id, \
        asset_id, status, attempts, created_at, finished_at, bytes, event_timestamp, asset_uri) \
    SELECT gen_random_uuid(), 't' || n % 200, n::text, decode(repeat('00', 32), 'hex'), \
        convert_to('module' || n % 7, 'UTF8'), 'asset', \
        CASE WHEN n % 97 = 0 THEN 'failed' ELSE 'succeeded' END, 1, \
        1000000 * n::bigint, 1000000 * n::bigint + 5, 100, 0, 'data:,x' \
    FROM generate_series(1, 100000) AS n; \
    ANALYZE executions;";

async fn plan(connection: &mut PgConnection, asked: QueryBuilder<Postgres>) -> String {
    let mut values = asked;
    let sql = format!("EXPLAIN (COSTS OFF) {}", values.sql().as_str());
    let arguments = values.build().take_arguments().unwrap().unwrap_or_default();
    let lines: Vec<String> = sqlx::query_scalar_with(AssertSqlSafe(sql), arguments)
        .fetch_all(connection)
        .await
        .unwrap();
    lines.join("\n")
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_list_of_many_is_read_by_an_index_whatever_is_asked_for() {
    let database = TestDatabase::make().await;
    let mut connection = database.connect().await;
    connection.execute(sqlx::raw_sql(TABLES)).await.unwrap();
    connection.execute(sqlx::raw_sql(MANY)).await.unwrap();
    let history = PostgresHistory::new(lines(&database));
    let page = || Listing {
        limit: 100,
        ..Listing::default()
    };
    let of_tenant = || Listing {
        tenant: Some("t7".parse().unwrap()),
        ..page()
    };
    for (wanted, index) in [
        (page(), "executions_by_time"),
        (of_tenant(), "executions_by_tenant"),
        (
            Listing {
                since: Some(99_000_000_000),
                ..page()
            },
            "executions_by_time",
        ),
        (
            Listing {
                until: Some(50_000_000_000),
                ..of_tenant()
            },
            "executions_by_tenant",
        ),
        (
            Listing {
                status: Some(Status::Failed),
                ..of_tenant()
            },
            "executions_by_status",
        ),
        (
            Listing {
                status: Some(Status::Succeeded),
                ..of_tenant()
            },
            "executions_by_tenant",
        ),
        (
            Listing {
                wasm_module_id: Some("module3".to_owned()),
                ..of_tenant()
            },
            "executions_by_tenant",
        ),
    ] {
        let plan = plan(&mut connection, listing::some(&wanted)).await;
        assert!(plan.contains(index), "{wanted:?}: {plan}");
        assert!(!plan.contains("Seq Scan"), "{wanted:?}: {plan}");
        // A few that are found together may be sorted, and many may not.
        let is_few = wanted.status == Some(Status::Failed) || wanted.wasm_module_id.is_some();
        assert!(is_few || !plan.contains("Sort"), "{wanted:?}: {plan}");
        let listed = history.list(&wanted).await.unwrap();
        let many = match (wanted.status, &wanted.wasm_module_id) {
            (Some(Status::Failed), _) => 5,
            (_, Some(_)) => 71,
            _ => 100,
        };
        assert_eq!(listed.executions.len(), many, "{wanted:?}");
    }
    let plan = plan(&mut connection, listing::count(&of_tenant())).await;
    assert!(plan.contains("executions_by_tenant"), "{plan}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn many_are_swept_step_by_step_and_by_one_host_at_a_time() {
    let database = TestDatabase::make().await;
    let mut connection = database.connect().await;
    connection.execute(sqlx::raw_sql(TABLES)).await.unwrap();
    connection.execute(sqlx::raw_sql(MANY)).await.unwrap();
    let history = PostgresHistory::new(lines(&database));
    let bounds = ExecutionsConfig {
        most: 97_500,
        // Those of 1970 are not too old for once.
        age: std::time::Duration::from_secs(100 * 366 * 24 * 3600),
        ..ExecutionsConfig::default()
    };
    let total = async || {
        let wanted = Listing {
            limit: 1,
            ..Listing::default()
        };
        history.list(&wanted).await.unwrap().total
    };
    let mut holder = database.connect().await;
    let lock = format!("SELECT pg_advisory_lock({})", super::sweeping::LOCK);
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    assert!(!history.sweep(&bounds).await.unwrap());
    assert_eq!(total().await, 100_000);
    holder
        .execute("SELECT pg_advisory_unlock_all()")
        .await
        .unwrap();
    while history.sweep(&bounds).await.unwrap() {}
    assert_eq!(total().await, 97_500);
    // Whoever comes a moment later has nothing to do.
    let fewer = ExecutionsConfig { most: 10, ..bounds };
    assert!(!history.sweep(&fewer).await.unwrap());
    assert_eq!(total().await, 97_500);
}
