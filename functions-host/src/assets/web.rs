//! Assets by `http` and `https`.
//!
//! Redirects are followed here, one request after the other, so that each goes through
//! the policy like the first. What comes is taken as it is: nothing is unpacked, and a
//! small file cannot become a large one.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, LOCATION, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;
use url::Url;

use super::body::Bounds;
use super::error::AssetError;
use super::source::{elsewhere, origin};
use crate::egress::{Client, ClientConfig, SendError};

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// Who asks.
const AGENT: &str = concat!("functions-host/", env!("CARGO_PKG_VERSION"));

#[derive(Debug)]
pub(super) struct Web {
    client: Client,
}

impl Web {
    pub(super) fn new(config: ClientConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    pub(super) async fn fetch(&self, url: &Url, bounds: &Bounds) -> Result<Bytes, AssetError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.get(&url, bounds).await?;
            let from = origin(&url);
            let status = response.status();
            match status {
                StatusCode::OK => {
                    let length = response.body().size_hint().exact();
                    let body = response.into_body().into_data_stream();
                    return bounds.collect(&from, length, body).await;
                }
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION);
                    let location = location.and_then(|location| location.to_str().ok());
                    url = match location {
                        Some(location) => elsewhere(&url, location)?,
                        None => return Err(status_error(from, status)),
                    };
                }
                StatusCode::NOT_FOUND | StatusCode::GONE => {
                    return Err(AssetError::NotFound(from));
                }
                _ => return Err(status_error(from, status)),
            }
        }
        Err(AssetError::Redirects(REDIRECTS))
    }

    async fn get(&self, url: &Url, bounds: &Bounds) -> Result<Response<Incoming>, AssetError> {
        let from = origin(url);
        let uri = url.as_str().parse::<Uri>();
        let uri = uri.map_err(|error| AssetError::Invalid(error.to_string()))?;
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let mut request = Request::new(body);
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let response = timeout(bounds.idle, self.client.send(request)).await;
        match response {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(SendError::Dial(error))) => Err(error.into()),
            Ok(Err(error)) => {
                tracing::debug!(%error, from, "An asset's server does not answer in HTTP");
                let what = format!("{from} broke off, or its answer is no HTTP");
                Err(AssetError::Unreachable(what))
            }
            Err(_) => Err(AssetError::Stalled {
                from,
                silent: bounds.idle,
            }),
        }
    }
}

fn status_error(from: String, status: StatusCode) -> AssetError {
    AssetError::Status {
        from,
        status: status.as_u16(),
    }
}
