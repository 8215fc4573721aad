//! Redirects, and addresses that lead inside.

use functions_host::assets::Assets;
use functions_host::egress::Policy;

use crate::bench::{Names, assets, config, policy, trouble};
use crate::server::{Server, ok, redirect};

/// Literals that all mean this machine, or a metadata service.
const INSIDE: [&str; 22] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[::ffff:7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "%31%32%37.1",
    "１２７.0.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "[fd00:ec2::254]",
];

#[tokio::test]
async fn no_spelling_of_an_address_leads_inside() {
    let closed = Assets::new(config(Policy::default(), Names::new(&[]))).unwrap();
    for literal in INSIDE {
        let (said, is_transient) = trouble(&closed, &format!("http://{literal}/latest")).await;
        assert!(
            said.starts_with("the asset may not be fetched: "),
            "{literal}: {said}"
        );
        assert!(
            said.contains("may not be reached from here"),
            "{literal}: {said}"
        );
        assert!(!is_transient, "{literal}");
    }
}

#[tokio::test]
async fn no_redirect_leads_inside() {
    // A header has ASCII only.
    for literal in INSIDE.into_iter().filter(|literal| literal.is_ascii()) {
        let server = Server::saying(redirect(&format!("http://{literal}:1/latest"))).await;
        // The server itself is open, at its port and at no other.
        let open = policy(&[&server.address.to_string()]);
        let assets = Assets::new(config(open, Names::new(&[]))).unwrap();
        let (said, is_transient) = trouble(&assets, &server.url("/")).await;
        assert!(
            said.contains("may not be reached from here"),
            "{literal}: {said}"
        );
        assert!(!is_transient, "{literal}");
        assert_eq!(server.heads().len(), 1, "{literal}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_metadata_service_is_refused_though_its_network_is_open() {
    let server = Server::saying(redirect("http://169.254.169.254/latest/meta-data/")).await;
    let open = policy(&["127.0.0.1", "0.0.0.0/0"]);
    let assets = Assets::new(config(open, Names::new(&[]))).unwrap();
    assert_eq!(
        trouble(&assets, &server.url("/")).await.0,
        "the asset may not be fetched: 169.254.169.254 at port 80 may not be reached from here: \
         its address is that of a metadata service, or link-local"
    );
}

#[tokio::test]
async fn a_redirect_is_followed_to_where_it_leads() {
    let end = Server::saying(ok("the end")).await;
    let middle = Server::saying(redirect(&end.url("/there"))).await;
    let begin = Server::saying(redirect(&format!("//{}/b?c", middle.address))).await;
    assert_eq!(
        assets(|_| {}).fetch(&begin.url("/")).await.unwrap(),
        "the end"
    );
    assert!(middle.heads()[0].starts_with("get /b?c "));
    assert!(end.heads()[0].starts_with("get /there "));
    let server = Server::saying_in_turn(&[&redirect("../up"), &ok("up")]).await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/a/b/c")).await.unwrap(),
        "up"
    );
    assert!(server.heads()[1].starts_with("get /a/up "));
}

#[tokio::test]
async fn a_circle_is_left() {
    let server = Server::saying(redirect("/again")).await;
    let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert_eq!(
        said,
        "5 redirects were followed, which is as many as may be"
    );
    assert!(!is_transient);
    assert_eq!(server.heads().len(), 6);
}

#[tokio::test]
async fn no_redirect_leaves_the_web() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "inside").unwrap();
    let file = format!("file://{}/file", folder.path().display());
    for location in [
        file.as_str(),
        "data:,inside",
        "s3://bucket/key",
        "gopher://127.0.0.1/",
    ] {
        let server = Server::saying(redirect(location)).await;
        let assets = assets(|config| config.folders = vec![folder.path().to_owned()]);
        let (said, is_transient) = trouble(&assets, &server.url("/")).await;
        assert_eq!(
            said,
            "the asset may not be fetched: a redirect leads to what is neither http nor https"
        );
        assert!(!is_transient);
    }
    let server = Server::saying(redirect("http://user:secret@127.0.0.1/")).await;
    let (said, _) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert!(
        said.contains("name or a password") && !said.contains("secret"),
        "{said}"
    );
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_no_answer() {
    for answer in [
        "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: \u{fc}\r\ncontent-length: 0\r\n\r\n".to_owned(),
        redirect("http://[::1"),
        redirect("http://"),
    ] {
        let server = Server::saying(answer.clone()).await;
        let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/")).await;
        assert!(!is_transient, "{answer}: {said}");
        assert_eq!(server.heads().len(), 1);
    }
}
