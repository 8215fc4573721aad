//! `RabbitMq` by itself, without a server around it.

mod delivery;
mod endings;
mod faults;
mod tls;

use std::future::Future;
use std::time::Duration;

use functions_core::Registry;
use functions_core::events::{
    Deployment, Event, Format, Message, Notice, PublishError, Publisher, RabbitMq, RabbitMqSession,
    Receipt, Session,
};
use functions_tests::broker::{Access, Turn};

const PATIENCE: Duration = Duration::from_secs(60);

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("it takes more than {PATIENCE:?}"))
}

fn publisher(access: &Access, exchange: &str) -> RabbitMq {
    of(access, &access.username, &access.password).exchange(exchange)
}

/// A publisher on an exchange of the test's own.
fn own(broker: &mut Turn) -> RabbitMq {
    let exchange = broker.name("exchange");
    publisher(broker.access(), &exchange)
}

fn of(access: &Access, username: &str, password: &str) -> RabbitMq {
    RabbitMq::new(&access.hostname, username, password)
        .port(access.port)
        .vhost(&access.vhost)
        .connection_timeout(PATIENCE)
}

async fn connect(publisher: &RabbitMq) -> RabbitMqSession {
    in_time(publisher.connect()).await.unwrap()
}

fn message(routing_key: &str) -> Message {
    let deployment = Deployment::new("orders", &Registry::collect().unwrap());
    Message::new(Event::Healthy, deployment, Format::Plain, routing_key)
}

async fn publish(session: &RabbitMqSession, routing_key: &str) -> Result<Receipt, PublishError> {
    in_time(session.publish(&message(routing_key))).await
}

/// Waits for the end of a session.
async fn lost(session: &RabbitMqSession) -> PublishError {
    match in_time(session.notice()).await {
        Notice::Lost(error) => error,
        other => panic!("{other:?} is not the end"),
    }
}

/// There is nothing to be known of a session.
async fn assert_untroubled(session: &RabbitMqSession) {
    let notice = tokio::time::timeout(Duration::ZERO, session.notice()).await;
    assert!(notice.is_err(), "{notice:?}");
}

#[track_caller]
fn assert_refused(error: &PublishError, parts: &[&str]) {
    assert!(error.is_refused(), "{error}");
    assert_says(error, parts);
}

#[track_caller]
fn assert_unavailable(error: &PublishError, parts: &[&str]) {
    assert!(!error.is_refused(), "{error}");
    assert_says(error, parts);
}

#[track_caller]
fn assert_says(error: &PublishError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    assert!(!text.contains("cerebro123"), "{text}");
}

/// Why there is no session.
async fn refusal(publisher: &RabbitMq) -> PublishError {
    match in_time(publisher.connect()).await {
        Ok(_) => panic!("there is a session"),
        Err(error) => error,
    }
}
