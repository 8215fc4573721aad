//! As much of HTTP as the tests need, byte by byte: so that they can send what no client
//! would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes; what takes longer hangs.
const HANGS: Duration = Duration::from_secs(120);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self
            .headers
            .lines()
            .filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The text of an error.
    pub(crate) fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap().to_owned()
    }

    /// The place of the first fault of a malformed request.
    pub(crate) fn loc(&self) -> String {
        assert_eq!(self.status, 422, "{self:?}");
        let loc = self.json()["detail"][0]["loc"].clone();
        let loc = loc
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part.as_str().unwrap());
        loc.collect::<Vec<_>>().join(".")
    }
}

/// Sends a request that is whole, and reads the answer.
pub(crate) fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let request = request(method, path, headers, body);
    read(&send_raw(to, &request))
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut request = request.into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends these bytes and no more.
pub(crate) fn send_raw(to: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(HANGS)).unwrap();
    stream.set_write_timeout(Some(HANGS)).unwrap();
    // A host that has refused already need not read the rest.
    let _ = stream.write_all(bytes);
    stream
}

/// Reads the one answer of a connection that ends with it.
pub(crate) fn read(mut stream: &TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    answer(&bytes).unwrap_or_else(|| panic!("no answer: {ended:?}, {bytes:?}"))
}

/// The same to a host that may be killed meanwhile: nothing where the answer is not whole.
pub(crate) fn try_send(
    to: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(HANGS)).ok()?;
    stream
        .write_all(&request("POST", path, headers, body))
        .ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let answer = answer(&bytes)?;
    let length: usize = answer.header("content-length")?.parse().ok()?;
    (answer.body.len() == length).then_some(answer)
}

fn answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let headers = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Answer {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}

/// Server-sent events, as they come.
pub(crate) struct Events(BufReader<TcpStream>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) data: serde_json::Value,
}

impl Events {
    /// Follows a stream, once its host has begun to answer.
    pub(crate) fn follow(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let stream = send_raw(to, &request("GET", path, headers, b""));
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(lines.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("text/event-stream"), "{head}");
        Self(lines)
    }

    /// The next event; nothing at the end.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let mut id = None;
        loop {
            // Between the lines of events are those of HTTP's chunks.
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.trim().parse().unwrap());
            }
            if let Some(text) = line.strip_prefix("data: ") {
                let data = serde_json::from_str(text).unwrap();
                return Some(Event {
                    id: id.unwrap(),
                    data,
                });
            }
        }
    }
}

const BOUNDARY: &str = "a-line-between";

/// A form with these fields, the one of the name `file` being a file.
pub(crate) fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in fields {
        let file = if *name == "file" {
            "; filename=\"m.wasm\""
        } else {
            ""
        };
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(value);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form
}

pub(crate) fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}
