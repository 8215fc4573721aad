//! Assets that a URI carries along.

use crate::bench::{MOST, assets, trouble};

#[tokio::test]
async fn an_asset_can_come_with_its_uri() {
    let assets = assets(|_| {});
    for (uri, bytes) in [
        ("data:,hello", b"hello".as_slice()),
        ("data:,a%20b%00", b"a b\0"),
        (
            "data:application/octet-stream;base64,AAEC/w==",
            b"\0\x01\x02\xff",
        ),
        ("DATA:text/plain;charset=utf-8;base64,aGVsbG8", b"hello"),
        ("data:;base64,", b""),
        ("data:,", b""),
    ] {
        assert_eq!(assets.fetch(uri).await.unwrap(), bytes, "{uri}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_it_is_said() {
    let assets = assets(|_| {});
    for (uri, what) in [
        ("data:hello", "it has no comma, as in data:;base64,aGVsbG8="),
        ("data:;base64,!", "what it holds is no base64"),
        ("data:;base64,a", "what it holds is no base64"),
    ] {
        let said = trouble(&assets, uri).await;
        assert_eq!(
            said,
            (
                format!("the URI of the asset cannot be used: {what}"),
                false
            )
        );
    }
}

#[tokio::test]
async fn it_may_be_as_large_as_any_other() {
    let assets = assets(|_| {});
    let most = format!("data:,{}", "x".repeat(MOST));
    assert_eq!(assets.fetch(&most).await.unwrap().len(), MOST);
    let (said, is_transient) = trouble(&assets, &format!("{most}x")).await;
    assert_eq!(
        said,
        "the asset is larger than 100000 bytes, which is the most"
    );
    assert!(!is_transient);
}
