//! HTTP to where the policy lets it go.
//!
//! There is nothing here but requests and answers as they are: no proxy, no redirect that
//! is followed, no cookie, nothing unpacked. Whoever wants more does it in the open, one
//! request at a time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;
use tower_service::Service;

use super::dialer::{DialError, Dialer};
use super::host::{Host, shown};
use super::policy::Policy;
use super::resolver::{Resolve, System};
use super::stream::Stream;
use super::tls::Tls;

/// How many bytes the head of an answer may take.
const HEAD: usize = 64 << 10;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// What is sent with a request.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// Sends requests. Clones are cheap and share their connections.
#[derive(Clone)]
pub struct Client(Pool<Connector, Body>);

/// How a [`Client`] connects.
#[derive(Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Who may be reached.
    pub policy: Policy,
    /// What knows the addresses of names.
    pub resolver: Arc<dyn Resolve>,
    /// How long the way to a host may take: its name, the connection, TLS.
    pub connect_timeout: Duration,
    /// How many connections to one host are kept for later requests. With 0 each request
    /// has its own, and shares nothing with any other.
    pub idle_per_host: usize,
    /// Certificates that are trusted beside those of the system.
    pub more_roots: Vec<CertificateDer<'static>>,
}

impl ClientConfig {
    /// The defaults: the resolver of the system, 10 seconds, no connection kept.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            resolver: Arc::new(System::default()),
            connect_timeout: Duration::from_secs(10),
            idle_per_host: 0,
            more_roots: Vec::new(),
        }
    }
}

/// Why there is no answer to a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no connection.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The other side hung up, or sent what is no HTTP.
    #[error("{0}")]
    Broken(String),
}

impl Client {
    /// A client.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        let connector = Connector(Arc::new(Shared {
            dialer: Dialer::new(config.policy, config.resolver, config.connect_timeout),
            tls: Tls::new(config.more_roots),
        }));
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(config.idle_per_host)
            .http1_max_buf_size(HEAD)
            .build(connector);
        Self(pool)
    }

    /// Sends a request, whose address is a whole one, and gives the answer once its head is
    /// there. It waits as long as the other side does: the time is the caller's to bound.
    ///
    /// Needs a tokio runtime with its IO driver, on which the connection lives.
    ///
    /// # Errors
    /// See [`SendError`]. An answer with any status is none.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, SendError> {
        self.0.request(request).await.map_err(|error| {
            let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
            let mut last = String::new();
            while let Some(error) = cause {
                if let Some(dial) = error.downcast_ref::<DialError>() {
                    return dial.clone().into();
                }
                last = error.to_string();
                cause = error.source();
            }
            SendError::Broken(last)
        })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Connects to the host of an address.
#[derive(Clone)]
struct Connector(Arc<Shared>);

struct Shared {
    dialer: Dialer,
    tls: Tls,
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let (host, port, is_secure) = target(&uri)?;
            let within = shared.dialer.timeout();
            let connected = timeout(within, shared.connect(&host, port, is_secure)).await;
            connected.unwrap_or(Err(DialError::TimedOut { host, port, within }))
        })
    }
}

impl Shared {
    async fn connect(&self, host: &Host, port: u16, is_secure: bool) -> Result<Stream, DialError> {
        let connection = self.dialer.dial(host, port).await?;
        if !is_secure {
            return Ok(Stream::plain(connection));
        }
        let secure = self.tls.secure(connection, host).await;
        let secure = secure.map_err(|error| DialError::Tls {
            host: host.clone(),
            port,
            what: error.to_string(),
        })?;
        Ok(Stream::secure(secure))
    }
}

/// The host and port that an address means, and whether it wants TLS.
pub(super) fn target(uri: &Uri) -> Result<(Host, u16, bool), DialError> {
    let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
    let text = uri.host().unwrap_or_default();
    let host: Host = text.parse().map_err(|_| DialError::NoHost(shown(text)))?;
    let usual = if is_secure { 443 } else { 80 };
    Ok((host, uri.port_u16().unwrap_or(usual), is_secure))
}
