//! What components reach by HTTP: the hosts that their module was granted, under the
//! host's own policy, and no more than a bounded amount of it.
//!
//! Guests run on threads without any input or output. So a request goes to the runtime of
//! whoever asked for the execution, and is given up there as soon as the guest is gone.

mod counted;
mod errors;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpCtx, WasiHttpHooks};

use super::execution::LONGEST;
use crate::egress::{Client, Host, HostPattern, Request, Response};
use counted::{Allowance, Counted};
use errors::{of_body, of_request};

/// How many bytes the head of a request or an answer may take in memory.
const HEAD: usize = 128 << 10;

/// How many bytes a guest may write of a body at once.
const CHUNK: usize = 64 << 10;

/// How components reach the network, and how much of it each execution may take.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// What sends their requests. It should keep no connection, so that nothing is shared
    /// between tenants.
    pub client: Client,
    /// How many requests one execution may make.
    pub requests: usize,
    /// How many of them at once.
    pub at_once: usize,
    /// How many bytes of bodies it may send and receive, together.
    pub bytes: u64,
}

impl HttpConfig {
    /// The defaults: 100 requests, 8 of them at once, 64 MiB.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            requests: 100,
            at_once: 8,
            bytes: 64 << 20,
        }
    }
}

/// What one component has of HTTP.
pub(super) struct Http {
    pub(super) ctx: WasiHttpCtx,
    pub(super) hooks: Hooks,
}

/// Sends the requests of one component.
#[derive(Default)]
pub(super) struct Hooks(Option<Arc<Reach>>);

/// What a component that was granted something may reach.
struct Reach {
    client: Client,
    hosts: Arc<[HostPattern]>,
    runtime: Handle,
    requests: AtomicUsize,
    at_once: Arc<Semaphore>,
    bytes: Arc<Allowance>,
}

impl Http {
    /// Reaches nothing.
    pub(super) fn none() -> Self {
        Self {
            ctx: WasiHttpCtx::new(),
            hooks: Hooks::default(),
        }
    }

    /// Reaches `hosts`, or nothing. Called on a runtime that does input and output.
    pub(super) fn new(config: Option<&HttpConfig>, hosts: &Arc<[HostPattern]>) -> Self {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(HEAD);
        let config = config.filter(|_| !hosts.is_empty());
        let reach = config.map(|config| {
            Arc::new(Reach {
                client: config.client.clone(),
                hosts: Arc::clone(hosts),
                runtime: Handle::current(),
                requests: AtomicUsize::new(config.requests),
                at_once: Arc::new(Semaphore::new(config.at_once)),
                bytes: Arc::new(Allowance::new(config.bytes)),
            })
        });
        Self {
            ctx,
            hooks: Hooks(reach),
        }
    }
}

type Io = Box<dyn Future<Output = Result<()>> + Send>;
type Answer = Result<(Response<WasiBody>, Io)>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let reach = self.0.clone();
        Box::new(async move {
            let reach = reach.ok_or(Error::HttpRequestDenied)?;
            let options = options.unwrap_or_default();
            let within = options.first_byte_timeout.unwrap_or(LONGEST);
            let sent = timeout(within, reach.send(request, options.between_bytes_timeout)).await;
            let answer = sent.unwrap_or(Err(Error::HttpResponseTimeout))?;
            let nothing_more: Io = Box::new(async { Ok(()) });
            Ok((answer, nothing_more))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}

impl Reach {
    async fn send(
        &self,
        request: Request<WasiBody>,
        between_bytes: Option<Duration>,
    ) -> Result<Response<WasiBody>> {
        self.admit(&request)?;
        let turn = self.turn().await?;
        let bytes = Arc::clone(&self.bytes);
        let request = request.map(|body| {
            let sent = Counted::new(body, bytes, None, Error::HttpRequestBodySize);
            sent.map_err(Into::into).boxed_unsync()
        });
        let client = self.client.clone();
        let sending = self
            .runtime
            .spawn(async move { client.send(request).await });
        let answer = AbortOnDropHandle::new(sending)
            .await
            .map_err(|_| Error::InternalError(None))?
            .map_err(of_request)?;
        let bytes = Arc::clone(&self.bytes);
        Ok(answer.map(|body| {
            let body = body.map_err(|error| of_body(&error));
            let received = Counted::new(body, bytes, between_bytes, Error::HttpResponseBodySize);
            received.with(turn).boxed_unsync()
        }))
    }

    /// Whether this request may be made at all.
    fn admit(&self, request: &Request<WasiBody>) -> Result<()> {
        let uri = request.uri();
        let is_plain = uri.authority().is_some_and(|it| !it.as_str().contains('@'));
        let host: Option<Host> = uri.host().and_then(|host| host.parse().ok());
        let Some(host) = host.filter(|_| is_plain) else {
            return Err(Error::HttpRequestUriInvalid);
        };
        if request.method().as_str() == "CONNECT" {
            return Err(Error::HttpRequestMethodInvalid);
        }
        let is_secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        if !self.hosts.iter().any(|hosts| hosts.allows(&host, port)) {
            return Err(Error::HttpRequestDenied);
        }
        let take = |left: usize| left.checked_sub(1);
        self.requests
            .try_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| Error::ConnectionLimitReached)?;
        Ok(())
    }

    /// Waits until fewer requests are under way. The end of the guest ends it.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let at_once = Arc::clone(&self.at_once);
        let turn = at_once.acquire_owned().await;
        turn.map_err(|_| Error::InternalError(None))
    }
}
