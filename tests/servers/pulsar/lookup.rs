//! A client of Pulsar that asks for no more than the broker of a topic.
//!
//! What it is told decides where every other client connects to next. A whole client is
//! minutes of building for one question.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The numbers of the commands, which are those of their fields as well.
const CONNECT: u8 = 2;
const LOOKUP: u8 = 23;

/// Where the broker at `url` sends those who look for a topic.
pub(super) async fn broker_of(topic: &str, url: &str) -> String {
    let address = url.strip_prefix("pulsar://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The version of the client, and that of the protocol.
    let connect = [&text(1, "tests")[..], &[4 << 3, 19]].concat();
    send(&mut stream, CONNECT, &connect).await;
    receive(&mut stream).await;
    // The topic, and the number of the request.
    let lookup = [&text(1, topic)[..], &[2 << 3, 1]].concat();
    send(&mut stream, LOOKUP, &lookup).await;
    let answer = receive(&mut stream).await;
    let answer = String::from_utf8_lossy(&answer);
    let (_, behind) = answer.split_once("pulsar://").expect("there is a broker");
    let place =
        behind.split(|character: char| !(character.is_ascii_digit() || ".:".contains(character)));
    format!("pulsar://{}", place.take(1).collect::<String>())
}

/// A field of bytes, shorter than 128, as Protobuf has it.
fn bytes(number: u8, value: &[u8]) -> Vec<u8> {
    let mut key = vec![number << 3 | 2];
    if number > 15 {
        key = vec![(number << 3 | 2) | 0x80, number >> 4];
    }
    let length = u8::try_from(value.len()).unwrap();
    assert!(length < 128);
    [&key[..], &[length], value].concat()
}

fn text(number: u8, value: &str) -> Vec<u8> {
    bytes(number, value.as_bytes())
}

/// A frame of one command, with the length of all and that of the command before it.
async fn send(stream: &mut TcpStream, command: u8, body: &[u8]) {
    let command = [&[1 << 3, command][..], &bytes(command, body)].concat();
    let length = u32::try_from(command.len()).unwrap();
    let lengths = [(length + 4).to_be_bytes(), length.to_be_bytes()].concat();
    stream
        .write_all(&[lengths, command].concat())
        .await
        .unwrap();
}

async fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u32().await.unwrap();
    let mut frame = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut frame).await.unwrap();
    frame
}
