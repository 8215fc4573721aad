//! What a server tells the world of itself: that it is there, what its functions
//! look like, that it lives, and that it goes.
//!
//! Three nouns. An [`Event`] of a [`Deployment`] becomes a [`Message`]. A
//! [`Publisher`] connects to wherever messages go, and each connection is a
//! [`Session`] that takes one after the other. Between them stands the announcer,
//! which knows when a message is due and what happens where it cannot be delivered:
//! it connects again, for ever, with growing delays; it says once that something is
//! wrong and once that it is over; and it never keeps anybody waiting.
//!
//! So a publisher stays small: it connects, publishes, closes, and reports what goes
//! wrong. `RabbitMq` is the one that comes with this crate (feature `rabbitmq`, on
//! by default). Another one is given to a server by
//! [`FunctionServer::publisher`](crate::FunctionServer::publisher):
//!
//! ```no_run
//! use functions_core::FunctionServer;
//! use functions_core::events::{Message, PublishError, Publisher, Receipt, Session};
//!
//! /// Writes events to the standard error stream.
//! struct Console;
//!
//! impl Publisher for Console {
//!     type Session = Self;
//!
//!     fn target(&self) -> String {
//!         "the console".to_owned()
//!     }
//!
//!     async fn connect(&self) -> Result<Self, PublishError> {
//!         Ok(Self)
//!     }
//! }
//!
//! impl Session for Console {
//!     async fn publish(&self, message: &Message) -> Result<Receipt, PublishError> {
//!         let body = String::from_utf8_lossy(message.body());
//!         eprintln!("{} {body}", message.event());
//!         Ok(Receipt::Delivered)
//!     }
//!
//!     async fn close(self) {}
//! }
//!
//! fn main() -> functions_core::Result<()> {
//!     FunctionServer::new().publisher(Console).start()
//! }
//! ```

mod announcements;
mod announcer;
#[cfg(feature = "cloudevents")]
mod cloud_events;
mod deployment;
mod event;
mod format;
mod message;
mod publisher;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
mod type_name;

pub(crate) use announcements::{Announcements, RoutingKeys};
pub(crate) use announcer::{Announcer, Announcing, Policy, Status};
pub use deployment::{AnnouncedArgument, AnnouncedFunction, Deployment};
pub use event::Event;
pub use format::Format;
pub use message::Message;
pub(crate) use publisher::AnyPublisher;
pub use publisher::{Notice, PublishError, Publisher, Receipt, Session};
#[cfg(feature = "rabbitmq")]
pub use rabbitmq::{RabbitMq, RabbitMqSession};
