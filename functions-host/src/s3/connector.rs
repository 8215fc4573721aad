//! The way to a store: the client that all other requests of this host take.

use std::io;
use std::time::Duration;

use http_body_util::BodyExt as _;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, Result};
use tokio::time::timeout;

use crate::egress::{Client, ClientConfig, Policy, Reach, SendError};

/// How many connections are kept for later requests.
const KEPT: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Connector {
    client: Client,
    idle: Duration,
}

impl Connector {
    pub(super) fn new(idle: Duration) -> Self {
        let policy = Policy::new(Reach::Anything, Vec::new(), Vec::new());
        let mut config = ClientConfig::new(policy);
        config.idle_per_host = KEPT;
        Self {
            client: Client::new(config),
            idle,
        }
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait::async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
        let answer = timeout(self.idle, self.client.send(request)).await;
        let silent = |_| {
            HttpError::new(
                HttpErrorKind::Timeout,
                io::Error::from(io::ErrorKind::TimedOut),
            )
        };
        let response = answer.map_err(silent)?.map_err(|error| {
            let kind = match error {
                SendError::Dial(_) => HttpErrorKind::Connect,
                SendError::Broken(_) => HttpErrorKind::Interrupted,
            };
            HttpError::new(kind, error)
        })?;
        Ok(response.map(|body| {
            let body = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
            HttpResponseBody::new(body)
        }))
    }
}
