//! A PostgreSQL, shared or a test's own.

mod faults;

use functions_tests::postgres::lent_url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn one_listens_where_the_url_says() {
    let url = lent_url();
    let (_, behind) = url.split_once("://").unwrap();
    let (place, _) = behind.split_once('/').unwrap();
    let address = place.rsplit('@').next().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Asked whether it does TLS, a PostgreSQL says a letter.
    stream
        .write_all(b"\0\0\0\x08\x04\xd2\x16\x2f")
        .await
        .unwrap();
    let answer = stream.read_u8().await.unwrap();
    assert!([b'S', b'N'].contains(&answer), "{answer}");
}
