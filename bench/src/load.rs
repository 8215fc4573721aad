//! Load: connections that stay open and send the next request when the last one
//! is answered.
//!
//! One thread serves all of them, and costs two system calls and one look at the
//! clock a request: on a machine with few cores whatever the load costs is taken
//! from the server. As each connection waits for its answer, a server that stalls
//! is asked less in that time; latencies are those of callers that take turns.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::call::Call;
use crate::measured::Measured;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any answer here needs.
const BUFFER: usize = 4096;

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After this many requests.
    Requests(u64),
}

/// Open connections to a server.
#[derive(Debug)]
pub struct Load {
    poll: Poll,
    connections: Vec<Connection>,
    call: Call,
}

impl Load {
    /// Opens `connections` connections.
    ///
    /// # Errors
    /// The server does not accept them.
    pub fn open(address: SocketAddr, call: Call, connections: usize) -> Result<Self> {
        let poll = Poll::new()?;
        let connections = (0..connections)
            .map(|index| Connection::open(address, &poll, Token(index)))
            .collect::<Result<_>>()
            .with_context(|| format!("cannot connect to {address}"))?;
        Ok(Self {
            poll,
            connections,
            call,
        })
    }

    /// Calls on all connections until the time has come, then awaits what is still
    /// to be answered. May be run again.
    ///
    /// # Errors
    /// An answer is wrong, or late by ten seconds, or a connection breaks.
    pub fn run(&mut self, until: Until) -> Result<Measured> {
        let begun = Instant::now();
        let mut ledger = Ledger::new(until, begun)?;
        let mut now = begun;
        for connection in &mut self.connections {
            if ledger.may_send(now) {
                connection.send(&self.call, now)?;
            }
        }
        let mut events = Events::with_capacity(self.connections.len());
        while ledger.in_flight > 0 {
            match self.poll.poll(&mut events, Some(PATIENCE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            ensure!(!events.is_empty(), "No answer came within {PATIENCE:?}");
            for event in &events {
                let Some(connection) = self.connections.get_mut(event.token().0) else {
                    continue;
                };
                if !connection.receive(&self.call)? {
                    continue;
                }
                now = Instant::now();
                ledger.answered(now - connection.sent_at);
                if ledger.may_send(now) {
                    connection.send(&self.call, now)?;
                }
            }
        }
        ledger.measured.elapsed = now - begun;
        Ok(ledger.measured)
    }
}

struct Ledger {
    until: Until,
    begun: Instant,
    sent: u64,
    in_flight: usize,
    measured: Measured,
}

impl Ledger {
    fn new(until: Until, begun: Instant) -> Result<Self> {
        Ok(Self {
            until,
            begun,
            sent: 0,
            in_flight: 0,
            measured: Measured::nothing()?,
        })
    }

    /// Whether there is one more to send, which then counts as sent.
    fn may_send(&mut self, now: Instant) -> bool {
        let more = match self.until {
            Until::Elapsed(duration) => now - self.begun < duration,
            Until::Requests(requests) => self.sent < requests,
        };
        self.sent += u64::from(more);
        self.in_flight += usize::from(more);
        more
    }

    fn answered(&mut self, latency: Duration) {
        self.in_flight -= 1;
        self.measured.record(latency);
    }
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffer: Box<[u8; BUFFER]>,
    filled: usize,
    sent_at: Instant,
}

impl Connection {
    fn open(address: SocketAddr, poll: &Poll, token: Token) -> Result<Self> {
        let stream = std::net::TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry()
            .register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            buffer: Box::new([0; BUFFER]),
            filled: 0,
            sent_at: Instant::now(),
        })
    }

    fn send(&mut self, call: &Call, now: Instant) -> Result<()> {
        self.sent_at = now;
        self.filled = 0;
        // The last request is answered, so the socket's buffer has room for this one.
        let written = self.stream.write(&call.request)?;
        ensure!(written == call.request.len(), "A request went out in part");
        Ok(())
    }

    /// Whether the answer is there. Once it is, nothing more comes before the next
    /// request, and no read has to find that out.
    fn receive(&mut self, call: &Call) -> Result<bool> {
        loop {
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            ensure!(!room.is_empty(), "An answer is longer than {BUFFER} bytes");
            match self.stream.read(room) {
                Ok(0) => bail!("The server closed a connection"),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("A connection broke"),
            }
            let received = self.buffer.get(..self.filled).unwrap_or_default();
            if call.is_answered(received)? {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Load, Until};
    use crate::call::Call;
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpListener};
    use std::time::Duration;

    /// A server that answers each request with these pieces, one write each, and
    /// hangs up where there are none.
    fn serve(pieces: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    stream.set_nodelay(true).unwrap();
                    while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {
                        for piece in pieces {
                            stream.write_all(piece.as_bytes()).unwrap();
                        }
                        if pieces.is_empty() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }

    fn load(pieces: &'static [&'static str], connections: usize) -> Load {
        let call = Call {
            request: b"?".to_vec(),
            answer: b"8".to_vec(),
        };
        Load::open(serve(pieces), call, connections).unwrap()
    }

    const PIECES: &[&str] = &["HTTP/1.1 200 OK\r\ncontent-", "length: 1\r\n\r\n", "8"];

    #[test]
    fn exactly_as_many_requests_are_made_as_asked_for_and_again() {
        let mut load = load(PIECES, 3);
        for requests in [100, 2, 0, 7] {
            let measured = load.run(Until::Requests(requests)).unwrap();
            assert_eq!(measured.requests(), requests);
        }
    }

    #[test]
    fn a_load_over_time_ends_and_knows_how_long_it_took() {
        let duration = Duration::from_millis(5);
        let mut load = load(PIECES, 3);
        let mut measured = load.run(Until::Elapsed(duration)).unwrap();
        measured
            .add(&load.run(Until::Elapsed(duration)).unwrap())
            .unwrap();
        assert!(measured.elapsed >= 2 * duration);
        assert!(measured.requests() >= 6);
        assert!(measured.latency_us(0.5) > 0.0);
    }

    #[test]
    fn a_wrong_answer_and_a_server_that_hangs_up_end_the_load() {
        let wrong = load(&["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7"], 2);
        for (mut load, expected) in [
            (wrong, "a wrong answer"),
            (load(&[], 2), "closed a connection"),
        ] {
            let error = load.run(Until::Requests(4)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
