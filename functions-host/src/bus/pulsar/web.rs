//! One request over HTTP, and the whole answer: what the admin API and those who give
//! tokens are asked for, which is little and seldom.
//!
//! A connection is made for each. Nothing is followed and nothing unpacked, and an answer
//! has a time and a size.

use std::error::Error;
use std::time::Duration;

use ::url::{Host, Url};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::Builder;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::dial::{DialError, Dialer};
use super::url::Authority;

/// How many bytes the head of an answer may take.
const HEAD: usize = 64 << 10;

/// Who asks.
const AGENT: &str = concat!("functions-host/", env!("CARGO_PKG_VERSION"));

/// Asks.
#[derive(Clone, Debug)]
pub(super) struct Web {
    dialer: Dialer,
    within: Duration,
}

/// An answer, of whatever status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The scheme, host and port where it leads to, if it leads anywhere.
    pub(super) leads_to: Option<String>,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// There is no connection.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The address cannot be asked.
    #[error("{0} cannot be asked: an address with http or https is needed")]
    Address(String),
    /// The other side hung up, or sent what is no HTTP.
    #[error("{from} broke off, or its answer is no HTTP: {what}")]
    Broken {
        /// Who was asked.
        from: String,
        /// What happened.
        what: String,
    },
    /// The answer is too long.
    #[error("{from} sends more than {most} bytes, which is the most")]
    TooBig {
        /// Who was asked.
        from: String,
        /// How long it may be.
        most: usize,
    },
    /// The answer was not there in time.
    #[error("{from} has not answered within {within:?}")]
    TimedOut {
        /// Who was asked.
        from: String,
        /// How long it may take.
        within: Duration,
    },
}

impl Web {
    /// `within` is how long an answer may take, with all that it needs.
    pub(super) fn new(dialer: Dialer, within: Duration) -> Self {
        Self { dialer, within }
    }

    /// Asks for what is at an address; `most` bounds the answer in bytes.
    pub(super) async fn get(
        &self,
        url: &Url,
        bearer: Option<HeaderValue>,
        most: usize,
    ) -> Result<Answer, WebError> {
        let mut request = Request::new(Full::default());
        if let Some(bearer) = bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer);
        }
        self.ask(url, request, most).await
    }

    /// Sends a form.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: String,
        most: usize,
    ) -> Result<Answer, WebError> {
        let mut request = Request::new(Full::from(form));
        *request.method_mut() = Method::POST;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        self.ask(url, request, most).await
    }

    async fn ask(
        &self,
        url: &Url,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Answer, WebError> {
        let answer = timeout(self.within, self.exchange(url, request, most)).await;
        answer.unwrap_or_else(|_| {
            Err(WebError::TimedOut {
                from: origin(url),
                within: self.within,
            })
        })
    }

    async fn exchange(
        &self,
        url: &Url,
        mut request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Answer, WebError> {
        let broken = |error: hyper::Error| WebError::Broken {
            from: origin(url),
            what: cause(&error),
        };
        let (host, port) = target(url).ok_or_else(|| WebError::Address(origin(url)))?;
        let path = url.path();
        let path = match url.query() {
            None => path.parse(),
            Some(query) => format!("{path}?{query}").parse(),
        };
        *request.uri_mut() = path.map_err(|_| WebError::Address(origin(url)))?;
        let authority = Authority(&host, port).to_string().try_into();
        let headers = request.headers_mut();
        headers.insert(HOST, authority.map_err(|_| WebError::Address(origin(url)))?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));

        let is_secure = url.scheme() == "https";
        let stream = self.dialer.open(&host, port, is_secure).await?;
        let mut builder = Builder::new();
        builder.max_buf_size(HEAD);
        let connection = builder.handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connection.map_err(broken)?;
        // What is wrong with it is told by the answer.
        let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let leads_to = location.and_then(|location| Some(origin(&url.join(location).ok()?)));
        let body = Limited::new(response.into_body(), most).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => broken(*error),
            Err(error) if error.is::<LengthLimitError>() => WebError::TooBig {
                from: origin(url),
                most,
            },
            Err(error) => WebError::Broken {
                from: origin(url),
                what: cause(&*error),
            },
        })?;
        Ok(Answer {
            status,
            leads_to,
            body: body.to_bytes(),
        })
    }
}

/// What shows a token, for whoever asks for it.
pub(super) fn bearer(token: &[u8]) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The scheme, host and port of an address: the rest may be a secret.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What is at the bottom of an error.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn target(url: &Url) -> Option<(String, u16)> {
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Some((host, url.port_or_known_default()?))
}
