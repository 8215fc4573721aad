//! Who answers at a port.
//!
//! That somebody accepts there says little: it may be a node of another test, or one
//! that is half started. A broker that is asked for AMQP tells the name of its cluster in
//! its first frame, before anybody has logged in.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A listener that accepts and says nothing is none.
const PATIENCE: Duration = Duration::from_secs(5);
/// The frame holds a table of about 500 bytes.
const LONGEST: usize = 64 * 1024;

/// Whether the broker at a port of the loopback address says that its name is `name`.
pub(super) async fn is_from(port: u16, name: &str) -> bool {
    let greeting = timeout(PATIENCE, greeting(port)).await;
    let Ok(Ok(greeting)) = greeting else {
        return false;
    };
    // A long string, that is a length and its bytes: no name that only begins alike.
    let length = u32::try_from(name.len()).expect("names are short");
    let field = [&length.to_be_bytes()[..], name.as_bytes()].concat();
    greeting.windows(field.len()).any(|part| part == field)
}

/// The payload of its first frame, `Connection.Start`.
async fn greeting(port: u16) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
    let _type = stream.read_u8().await?;
    let _channel = stream.read_u16().await?;
    let length = stream.read_u32().await?;
    let length = usize::try_from(length).unwrap_or(LONGEST).min(LONGEST);
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await?;
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::is_from;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A broker that says its name and no more.
    async fn broker(name: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 8]).await.unwrap();
            let length = u8::try_from(name.len()).unwrap();
            let key = b"\x0ccluster_nameS\x00\x00\x00";
            let field = [&key[..], &[length], name.as_bytes()].concat();
            let size = u32::try_from(field.len()).unwrap().to_be_bytes();
            let frame = [&[1, 0, 0], &size[..], &field, &[0xce]].concat();
            stream.write_all(&frame).await.unwrap();
        });
        port
    }

    #[tokio::test]
    async fn a_broker_is_known_by_its_whole_name() {
        assert!(is_from(broker("ours").await, "ours").await);
        assert!(!is_from(broker("ours-too").await, "ours").await);
        assert!(!is_from(broker("theirs").await, "ours").await);
    }

    #[tokio::test]
    async fn where_nobody_listens_there_is_no_broker() {
        assert!(!is_from(crate::private::ports::free(), "ours").await);
    }
}
