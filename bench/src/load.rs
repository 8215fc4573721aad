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
use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::call::Call;

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

/// What loads have measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the first request to the last answer.
    elapsed: Duration,
    /// Of each request, in nanoseconds.
    latencies: Histogram<u64>,
}

impl Measured {
    /// Nothing yet.
    ///
    /// # Errors
    /// Never: the bounds of the histogram are sound.
    pub fn nothing() -> Result<Self> {
        let highest = u64::try_from(2 * PATIENCE.as_nanos())?;
        Ok(Self {
            elapsed: Duration::ZERO,
            latencies: Histogram::new_with_max(highest, 3)?,
        })
    }

    /// Takes in what a load has measured at another time.
    ///
    /// # Errors
    /// Never: all histograms have the same bounds.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.elapsed += other.elapsed;
        self.latencies.add(&other.latencies)?;
        Ok(())
    }

    /// Answered requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.latencies.len()
    }

    /// Answered requests per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which a share of the requests was, in microseconds.
    /// `quantile` is from 0 to 1.
    #[must_use]
    pub fn latency_us(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e3
    }
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
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.measured.latencies.saturating_record(nanoseconds);
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
