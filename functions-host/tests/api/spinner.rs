//! A tenant who spins on all of its places.

use std::io::Read as _;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use crate::http::send_raw;
use crate::server::{MODULES, Server};

/// The tenant `spinner`, who has some places and may not wait.
pub(crate) struct Spinner {
    requests: Vec<TcpStream>,
    answers: Receiver<String>,
    places: u64,
}

impl Spinner {
    /// Has `module`, which spins, run on all of its `places`, and returns once it does.
    pub(crate) fn on_all_of(server: &Server, module: &str, places: u64) -> Self {
        let (sender, answers) = channel();
        let request = format!(
            "POST {MODULES}/{module}/invoke HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
             x-tid: spinner\r\ncontent-length: 0\r\n\r\n"
        );
        let requests = (0..=places).map(|_| {
            let stream = send_raw(server.address, request.as_bytes());
            let (mut reading, sender) = (stream.try_clone().unwrap(), sender.clone());
            std::thread::spawn(move || {
                let mut answer = String::new();
                let _ = reading.read_to_string(&mut answer);
                sender.send(answer)
            });
            stream
        });
        let requests = requests.collect();
        // One is refused, so the others have their places.
        let refused = answers.recv().unwrap();
        assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
        Self {
            requests,
            answers,
            places,
        }
    }

    /// All of them still run, and nobody else does.
    pub(crate) fn assert_at_work(&self, server: &Server) {
        let requests = server.get("/ready").json()["requests"].as_u64().unwrap();
        // The question is one of them.
        assert_eq!(requests, self.places + 1);
        assert!(self.answers.try_recv().is_err());
    }

    pub(crate) fn hang_up(self) {
        for request in self.requests {
            // The refused one is at its end already.
            let _ = request.shutdown(Shutdown::Both);
        }
    }
}
