//! The way in for requests off the wire.
//!
//! A server gets hardly anything but calls to `/exec`, and knows them by one look
//! at the path. They need no router, no boxed bodies and none of its layers, which
//! together cost as much as a small call itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse as _;
use futures_util::FutureExt as _;
use futures_util::future::Either;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::call::{self, Called};
use super::{App, broken};
use crate::config::Config;
use crate::service::connections::{Answers, Payload};
use crate::service::detail::{Detail, json};

#[derive(Clone, Debug)]
pub(in crate::server) struct Front {
    router: Router,
    /// Who answers `/exec` past the router. `None` where a layer has a say in it.
    direct: Option<Arc<App>>,
}

impl Front {
    pub(in crate::server) fn new(app: Arc<App>, router: Router, config: &Config) -> Self {
        Self {
            router,
            direct: config.cors_origins.is_none().then_some(app),
        }
    }
}

impl Answers for Front {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Payload>> + Send + 'static {
        let is_call = request.method() == Method::POST && request.uri().path() == "/exec";
        if is_call && self.direct.is_some() {
            Either::Left(self.call(request))
        } else {
            let router = Arc::new(self.router.clone());
            // Boxed, so that calls carry no room for it.
            Either::Right(Box::pin(router.answer(request)))
        }
    }
}

impl Front {
    async fn call(self: Arc<Self>, request: Request<Incoming>) -> Response<Payload> {
        match &self.direct {
            Some(app) => respond(call::call(app, request)).await,
            None => Detail::not_found().into_response().map(Payload::from),
        }
    }
}

/// What a function does wrong is caught long before; this is for our own mistakes.
async fn respond(call: impl Future<Output = Called>) -> Response<Payload> {
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(Ok(body)) => json(StatusCode::OK, body),
        Ok(Err(refusal)) => refusal.map(Payload::from),
        Err(panic) => broken(panic).map(Payload::from),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http_body_util::BodyExt as _;

    use super::respond;

    #[tokio::test]
    async fn a_mistake_of_the_server_itself_is_answered() {
        let broken = respond(async { panic!("a mistake") }).await;
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = broken.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"detail":"Internal Server Error"}"#);
    }
}
