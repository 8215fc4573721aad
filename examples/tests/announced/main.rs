//! What the example server announces, in both shapes, to the letter: as a publisher is
//! handed it, and as it comes out of a real broker.
//!
//! `UPDATE_GOLDEN=1` writes the files anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where it goes wrong"
)]

#[path = "../../src/bin/server/arithmetic.rs"]
mod arithmetic;
#[path = "../../src/bin/server/invoices.rs"]
mod invoices;
#[path = "../../src/bin/server/slow.rs"]
mod slow;
#[path = "../../src/bin/server/text.rs"]
mod text;
#[path = "../../src/bin/server/users.rs"]
mod users;

mod broker;

use std::path::Path;

use functions_core::FunctionServer;
use functions_core::config::EventFormat;
use functions_core::events::{Event, Message, PublishError, Publisher, Receipt, Session};
use functions_core::testing::TestServer;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Keeps what it is to publish.
#[derive(Clone)]
struct Recorder(UnboundedSender<Message>);

impl Publisher for Recorder {
    type Session = Self;

    fn target(&self) -> String {
        "a test".to_owned()
    }

    async fn connect(&self) -> Result<Self, PublishError> {
        Ok(self.clone())
    }
}

impl Session for Recorder {
    async fn publish(&self, message: &Message) -> Result<Receipt, PublishError> {
        self.0
            .send(message.clone())
            .map_err(PublishError::unavailable)?;
        Ok(Receipt::Delivered)
    }

    async fn close(self) {}
}

/// One message of each event, as a server publishes them from its start to its end.
async fn life(format: EventFormat) -> Vec<Message> {
    let (sender, mut messages) = unbounded_channel();
    let server = FunctionServer::new()
        .deployment_id("examples")
        .publisher(Recorder(sender))
        .event_format(format)
        .stopped_event(true);
    let server = TestServer::start(server).await.unwrap();
    let mut all = Vec::new();
    while all.len() < 2 {
        all.push(messages.recv().await.expect("there is a next one"));
    }
    server.stop().await.unwrap();
    all.push(messages.recv().await.expect("there is a last one"));
    all
}

/// Compares a body with what is in its file. `id`, the message's, is never the same.
fn compare_body(event: &str, shape: &str, body: &[u8], id: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/announced/golden");
    let file = folder.join(format!("{event}.{shape}.json"));
    let body = str::from_utf8(body).unwrap();
    let body = body.replace(id, "00000000-0000-0000-0000-000000000000");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, format!("{body}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(golden.trim_end(), body, "{}", file.display());
}

fn compare(shape: &str, messages: &[Message]) {
    let events = [Event::Started, Event::Healthy, Event::Stopped];
    assert_eq!(
        messages.iter().map(Message::event).collect::<Vec<_>>(),
        events
    );
    for (message, event) in messages.iter().zip(["started", "healthy", "stopped"]) {
        assert_eq!(message.content_type(), "application/json");
        compare_body(event, shape, message.body(), &message.id());
    }
}

#[tokio::test(start_paused = true)]
async fn plain_events_are_what_they_have_always_been() {
    compare("plain", &life(EventFormat::Plain).await);
}

#[tokio::test(start_paused = true)]
async fn system_events_are_what_they_have_always_been() {
    compare("system-event", &life(EventFormat::SystemEvent).await);
}
