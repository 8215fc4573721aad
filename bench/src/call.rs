//! The call that is made over and over, and how its answer is told to be right.

use anyhow::{Context as _, Result, bail, ensure};

/// A request as the bytes that go out, and the body that has to come back.
#[derive(Clone, Debug)]
pub struct Call {
    /// The whole HTTP/1.1 request.
    pub request: Vec<u8>,
    /// The body of the right answer, byte for byte.
    pub answer: Vec<u8>,
}

impl Call {
    /// Adds two numbers through `POST /exec`.
    #[must_use]
    pub fn add_numbers() -> Self {
        let body = r#"{"executionId":"0b6cbf0e-8a0b-4a37-9a49-2f10c1c0c7a5","functionName":"add_numbers","args":{"a":5,"b":3}}"#;
        let answer = r#"{"success":true,"result":8,"error":null,"metadata":{"executionId":"0b6cbf0e-8a0b-4a37-9a49-2f10c1c0c7a5"}}"#;
        Self::of("POST /exec", "application/json", body, answer)
    }

    /// Hands `body` over to `line`, a method and a path, and awaits `answer`.
    #[must_use]
    pub fn of(line: &str, kind: &str, body: &str, answer: &str) -> Self {
        let request = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self {
            request: request.into_bytes(),
            answer: answer.into(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Some(end) = self.request.windows(2).position(|two| two == b"\r\n") {
            let header = format!("\r\n{name}: {value}");
            self.request.splice(end..end, header.into_bytes());
        }
        self
    }

    /// Whether `received` holds all of an answer.
    ///
    /// # Errors
    /// It is not the right answer, or it is no answer of HTTP/1.1 with a length.
    pub fn is_answered(&self, received: &[u8]) -> Result<bool> {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(false);
        };
        let (head, rest) = received.split_at(end);
        let body = rest.strip_prefix(b"\r\n\r\n").unwrap_or_default();
        let length = content_length(head)?;
        if body.len() < length {
            return Ok(false);
        }
        if !head.starts_with(b"HTTP/1.1 200 ") || body != self.answer {
            bail!(
                "The server gave a wrong answer:\n{}\nThe right one has the body\n{}",
                String::from_utf8_lossy(received),
                String::from_utf8_lossy(&self.answer)
            );
        }
        Ok(true)
    }
}

fn content_length(head: &[u8]) -> Result<usize> {
    const NAME: &[u8] = b"content-length:";
    let value = head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    });
    let head = || String::from_utf8_lossy(head);
    let value = value.with_context(|| format!("An answer states no length:\n{}", head()))?;
    let digits = value.trim_ascii();
    ensure!(
        !digits.is_empty(),
        "An answer states no length:\n{}",
        head()
    );
    digits.iter().try_fold(0_usize, |length, byte| {
        let digit = byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
        digit
            .and_then(|digit| length.checked_mul(10)?.checked_add(digit))
            .with_context(|| format!("The length of an answer is no number:\n{}", head()))
    })
}

#[cfg(test)]
mod tests {
    use super::Call;

    fn call() -> Call {
        Call {
            request: Vec::new(),
            answer: b"8".to_vec(),
        }
    }

    #[test]
    fn a_header_more_leaves_the_rest_of_a_request_as_it_is() {
        let call = Call::of("POST /x", "text/plain", "body", "8").with_header("x-tid", "acme");
        let request = String::from_utf8(call.request).unwrap();
        assert_eq!(
            request,
            "POST /x HTTP/1.1\r\nx-tid: acme\r\nhost: localhost\r\n\
             content-type: text/plain\r\ncontent-length: 4\r\n\r\nbody"
        );
    }

    #[test]
    fn an_answer_that_comes_byte_by_byte_counts_when_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nserver: x\r\n\r\n8";
        for length in 0..whole.len() {
            assert!(!call().is_answered(&whole[..length]).unwrap(), "{length}");
        }
        assert!(call().is_answered(whole).unwrap());
    }

    #[test]
    fn another_status_or_body_or_more_than_one_answer_is_wrong() {
        for wrong in [
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 1\r\n\r\n8",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n9",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n88",
        ] {
            let error = call().is_answered(wrong.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }

    #[test]
    fn an_answer_without_a_sensible_length_is_an_error() {
        for head in ["", "content-length: \r\n", "content-length: -1\r\n"] {
            let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n8");
            assert!(call().is_answered(answer.as_bytes()).is_err(), "{head}");
        }
    }
}
