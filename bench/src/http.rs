//! One request and its answer, for what is done around a benchmark.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// The first call of a module compiles it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends a request on a connection of its own, and gives the body of its answer.
///
/// # Errors
/// No answer comes, or its status is not one of success.
pub fn request(address: SocketAddr, line: &str, kind: &str, body: &[u8]) -> Result<Vec<u8>> {
    let headers = [("content-type", kind)];
    let (status, answer) = exchange(address, line, &headers, body)?;
    ensure!(
        (200..300).contains(&status),
        "{line} was answered with {status}: {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(answer)
}

/// Sends a request on a connection of its own, and gives the status and the body of its
/// answer. `line` is a method and a path.
///
/// # Errors
/// No answer comes.
pub fn exchange(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .with_context(|| format!("no answer to {line}"))?;
    let text = || String::from_utf8_lossy(&answer);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = end
        .and_then(|end| answer.split_at_checked(end + 4))
        .with_context(|| format!("{line} was answered with half an answer: {}", text()))?;
    let status = str::from_utf8(head).ok().and_then(|head| {
        let digits = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        digits.parse().ok()
    });
    let status = status.with_context(|| format!("an answer to {line} is strange: {}", text()))?;
    Ok((status, body.to_vec()))
}

/// Sends a form with a module, as an upload is.
///
/// # Errors
/// As [`request`].
pub fn upload(address: SocketAddr, id: &str, module: &[u8]) -> Result<()> {
    const BOUNDARY: &str = "a-line-that-no-module-holds-7b1e";
    let mut body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"module_id\"\r\n\r\n{id}\r\n\
         --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{id}.wasm\"\r\n\
         content-type: application/wasm\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(module);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    request(address, "POST /api/v1/wasm-modules", &kind, &body)
        .with_context(|| format!("the upload of {id}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::request;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    fn answered(with: &'static str) -> anyhow::Result<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(with.as_bytes()).unwrap();
        });
        request(address, "GET /", "text/plain", b"")
    }

    #[test]
    fn the_body_of_a_success_is_given_and_anything_else_is_an_error() {
        let body = answered("HTTP/1.1 201 Created\r\nx: y\r\n\r\nbody").unwrap();
        assert_eq!(body, b"body");
        for (wrong, said) in [
            ("HTTP/1.1 400 Bad Request\r\n\r\nwhy", "400: why"),
            ("HTTP/1.1 200 OK\r\n", "half an answer"),
            ("HTTP/1.1 many\r\n\r\n", "strange"),
        ] {
            let error = answered(wrong).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
