//! What the handlers share.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::config::Config;
use crate::events::Status;
use crate::executor::Executor;
use crate::service::body::BodyLimits;

#[derive(Debug)]
pub(in crate::server) struct App {
    executor: Executor,
    pub(super) bodies: BodyLimits,
    ready: AtomicBool,
    /// Whether RabbitMQ is connected, where events go there.
    pub(super) rabbitmq: Option<Status>,
    /// What `GET /functions` answers: made when it is first asked for, since it
    /// never changes and few ask.
    pub(super) functions: OnceLock<Bytes>,
}

impl App {
    pub(in crate::server) fn new(
        executor: Executor,
        config: &Config,
        rabbitmq: Option<Status>,
    ) -> Self {
        Self {
            executor,
            bodies: BodyLimits::new(config.max_body_bytes, config.body_timeout),
            ready: AtomicBool::new(true),
            rabbitmq,
            functions: OnceLock::new(),
        }
    }

    pub(in crate::server) fn executor(&self) -> &Executor {
        &self.executor
    }

    pub(in crate::server) fn stop_being_ready(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}
