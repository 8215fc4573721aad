//! The store is away for a while.

use crate::bucket::BucketServer;
use crate::database::TestDatabase;
use crate::server::MODULES;
use crate::wasm::{echo, pointer};
use crate::{assert_is_told_to_try_again, host};

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_host_whose_store_is_away_runs_what_it_has_and_goes_on_once_it_is_back() {
    let database = TestDatabase::make().await;
    let mut buckets = BucketServer::start();
    let server = host(&database.url(), &buckets);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let other = host(&database.url(), &buckets);

    buckets.stop();
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");
    assert_is_told_to_try_again(&other.invoke("echo", b"hello"));
    assert_is_told_to_try_again(&other.get(&format!("{MODULES}/echo/content")));
    let new = pointer("(i32.store8 (local.get $in) (i32.const 33)) (local.get $in)");
    assert_is_told_to_try_again(&server.upload("new", &new));
    // The row goes, and the bytes when they can.
    assert_eq!(server.delete("echo").status, 200);

    buckets.start_again();
    assert_eq!(server.upload("new", &new).status, 201);
    assert_eq!(other.invoke("new", b"hello").text(), "!ello");
    drop(other);
    assert_eq!(buckets.objects("modules").len(), 2);
    drop(server);
    let _again = host(&database.url(), &buckets);
    assert_eq!(buckets.objects("modules").len(), 1);
}
