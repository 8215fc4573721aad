//! A PostgreSQL that a test does harm to.

use std::process::Stdio;
use std::time::Duration;

use functions_tests::postgres::Postgres;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

const KEPT: &str = "SELECT number FROM kept ORDER BY number";

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_killed_one_comes_back_on_its_port_with_what_was_committed() {
    let mut postgres = Postgres::launch().await;
    postgres
        .sql("CREATE TABLE kept (number integer)")
        .await
        .unwrap();
    postgres
        .sql("INSERT INTO kept VALUES (1), (2)")
        .await
        .unwrap();
    let uncommitted = "BEGIN; INSERT INTO kept VALUES (3)";
    postgres.sql(uncommitted).await.unwrap();

    postgres.kill().await;
    let error = postgres.sql(KEPT).await.unwrap_err();
    assert!(error.contains("Connection refused"), "{error}");

    postgres.start().await;
    assert_eq!(postgres.sql(KEPT).await.unwrap(), "1\n2\n");
    let log = postgres.log().await;
    assert!(log.contains("was not properly shut down"), "{log}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn one_that_is_killed_takes_those_who_work_for_it_along() {
    let mut postgres = Postgres::launch().await;
    let work = "DO 'BEGIN LOOP END LOOP; END'";
    let working = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'";
    let mut psql = postgres.psql();
    psql.args(["--command", work]).stderr(Stdio::piped());
    let busy = psql.spawn().unwrap();
    while postgres.sql(working).await.unwrap() != "1\n" {}

    postgres.kill().await;
    let busy = timeout(PATIENCE, busy.wait_with_output()).await;
    let busy = busy.expect("it is hung up on").unwrap();
    let error = String::from_utf8(busy.stderr).unwrap();
    assert!(error.contains("server closed the connection"), "{error}");

    postgres.start().await;
    let log = postgres.log().await;
    assert!(!log.contains("is still in use"), "{log}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn one_that_is_stopped_does_not_wait_for_its_clients_and_starts_again() {
    let mut postgres = Postgres::launch().await;
    postgres
        .sql("CREATE TABLE kept (number integer)")
        .await
        .unwrap();
    let mut psql = postgres.psql();
    psql.args(["--command", "SELECT pg_sleep(1000)"]);
    let idle = psql.stderr(Stdio::null()).spawn().unwrap();
    let connected = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
    while postgres.sql(connected).await.unwrap() != "1\n" {}

    postgres.stop().await;
    drop(idle);
    postgres.sql(KEPT).await.unwrap_err();

    postgres.start().await;
    assert_eq!(postgres.sql(KEPT).await.unwrap(), "");
    let log = postgres.log().await;
    assert!(!log.contains("was not properly shut down"), "{log}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn nobody_gets_in_without_its_password() {
    let postgres = Postgres::launch().await;
    let mut psql = postgres.psql();
    psql.env("PGPASSWORD", "functions")
        .args(["--command", "SELECT 1"]);
    let output = psql.output().await.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("password authentication failed"), "{error}");
}
