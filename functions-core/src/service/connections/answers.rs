//! What answers the requests of a connection.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::Service as _;

use super::Payload;

/// What answers the requests of a connection: a [`Router`], or something that knows
/// a shorter way.
pub trait Answers: Clone + Send + Sync + 'static {
    /// Answers one request.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Payload>> + Send + 'static;
}

impl Answers for Router {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Payload>> + Send + 'static {
        // A router is always ready.
        let response = Self::clone(&self).call(request.map(Body::new));
        async move {
            let Ok(response) = response.await;
            response.map(Payload::from)
        }
    }
}
