//! Names, and those who answer for them.

use std::sync::Arc;

use functions_host::assets::Assets;
use functions_host::egress::Policy;

use crate::bench::{Names, config, policy, trouble};
use crate::server::{Server, ok};

fn assets(policy: Policy, names: &Arc<Names>) -> Assets {
    Assets::new(config(policy, Arc::clone(names))).unwrap()
}

#[tokio::test]
async fn a_name_is_asked_once_and_its_answer_is_what_is_connected_to() {
    let server = Server::saying(ok("hello")).await;
    let names = Names::new(&[("a.test", &["127.0.0.1", "127.0.0.2", "10.0.0.1"])]);
    let assets = assets(policy(&["127.0.0.1"]), &names);
    let uri = format!("http://A.test.:{}/", server.address.port());
    assert_eq!(assets.fetch(&uri).await.unwrap(), "hello");
    assert_eq!(names.asked(), ["a.test"]);
    // It says something else a moment later.
    for _ in 0..3 {
        let (said, is_transient) = trouble(&assets, &uri).await;
        assert!(said.ends_with("its address is not a public one"), "{said}");
        assert!(!is_transient);
    }
    assert_eq!(names.asked().len(), 4);
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_reached_are() {
    let server = Server::saying(ok("hello")).await;
    let names = Names::new(&[("a.test", &["10.0.0.1 169.254.169.254 127.0.0.1 ::1"])]);
    let assets = assets(policy(&["127.0.0.1"]), &names);
    let uri = format!("http://a.test:{}/", server.address.port());
    assert_eq!(assets.fetch(&uri).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_name_of_what_is_inside_is_refused() {
    let names = Names::new(&[
        ("private.test", &["10.1.2.3"]),
        ("local.test", &["127.0.0.1"]),
        ("mapped.test", &["::ffff:10.1.2.3"]),
        ("nat.test", &["64:ff9b::10.1.2.3"]),
        ("metadata.test", &["169.254.169.254"]),
        ("many.test", &["10.1.2.3 192.168.0.1 fd00::1"]),
    ]);
    let assets = assets(Policy::default(), &names);
    for name in ["private", "local", "mapped", "nat", "metadata", "many"] {
        let (said, is_transient) = trouble(&assets, &format!("http://{name}.test/")).await;
        let start = format!(
            "the asset may not be fetched: {name}.test at port 80 may not be reached from here"
        );
        assert!(said.starts_with(&start), "{said}");
        assert!(!said.contains("10.1.2.3"), "{said}");
        assert!(!is_transient);
    }
}

#[tokio::test]
async fn a_name_that_is_allowed_opens_what_it_stands_for_but_no_metadata_service() {
    let server = Server::saying(ok("hello")).await;
    let names = Names::new(&[
        ("in.corp", &["127.0.0.1"]),
        ("bad.corp", &["169.254.169.254"]),
        ("in.other", &["127.0.0.1"]),
    ]);
    let assets = assets(policy(&["*.corp"]), &names);
    let port = server.address.port();
    assert_eq!(
        assets
            .fetch(&format!("http://in.corp:{port}/"))
            .await
            .unwrap(),
        "hello"
    );
    for name in ["bad.corp", "in.other"] {
        let (said, _) = trouble(&assets, &format!("http://{name}:{port}/")).await;
        assert!(said.contains("may not be reached from here"), "{said}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_trouble_that_may_pass() {
    let names = Names::new(&[("empty.test", &[""])]);
    let assets = assets(Policy::default(), &names);
    for name in ["gone.test", "empty.test"] {
        let (said, is_transient) = trouble(&assets, &format!("http://{name}/")).await;
        assert!(
            said.ends_with(&format!("the name {name} cannot be resolved")),
            "{said}"
        );
        assert!(is_transient);
    }
}
