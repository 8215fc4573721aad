//! Names of machines, in an image that has none of the files that tell how they are found.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::{TcpListener, UdpSocket};
use tokio::time::timeout;

use crate::{end, run, server};

const PATIENCE: Duration = Duration::from_secs(60);

/// Where the questions of this test go: an address of the loopback network that no other
/// process is likely to have.
fn own_address() -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 53, high, low)
}

/// Answers questions with the loopback address, and gives back the first name that one was
/// asked for.
async fn answer(socket: &UdpSocket) -> String {
    let mut question = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut question).await.unwrap();
        let (mut name, mut at) = (Vec::new(), 12);
        while question[at] > 0 {
            let next = at + 1 + usize::from(question[at]);
            name.push(String::from_utf8_lossy(&question[at + 1..next]).into_owned());
            at = next;
        }
        let asks_for_address = question[at + 1..at + 3] == [0, 1];
        let mut answer = question[..length.min(at + 5)].to_vec();
        // An answer, without an error, to one question, with as many addresses.
        answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, asks_for_address.into(), 0, 0, 0, 0]);
        if asks_for_address {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
        }
        socket.send_to(&answer, from).await.unwrap();
        if asks_for_address {
            return name.join(".");
        }
    }
}

#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn they_are_asked_for_as_a_cluster_says() {
    let image = server::image().await;
    let address = own_address();
    let names = UdpSocket::bind((address, 53)).await.unwrap();
    image.put("etc/resolv.conf", &format!("nameserver {address}\n"));
    image.put("etc/hosts", "127.0.0.1 localhost near.example\n");
    for (hostname, is_asked_for) in [("broker.example", true), ("near.example", false)] {
        let broker = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = broker.local_addr().unwrap().port().to_string();
        let variables = [
            ("PORT", "0"),
            ("CRBR_RABBITMQ_HOSTNAME", hostname),
            ("CRBR_RABBITMQ_PORT", &port),
            ("CRBR_RABBITMQ_USERNAME", "anybody"),
            ("CRBR_RABBITMQ_PASSWORD", "anything"),
        ];
        let (contained, _) = run(&image, &variables).await;
        let mut asked = Vec::new();
        let found = async {
            loop {
                tokio::select! {
                    name = answer(&names) => asked.push(name),
                    found = broker.accept() => return drop(found.unwrap()),
                }
            }
        };
        let found = timeout(PATIENCE, found).await;
        assert!(found.is_ok(), "{hostname}, of which {asked:?} was asked");
        assert_eq!(asked.contains(&hostname.to_owned()), is_asked_for);
        end(contained).await;
    }
}
