//! The exchange, which is declared, or found where it may not be declared.

use futures_util::{Stream, StreamExt};
use lapin::options::ExchangeDeclareOptions;
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, Event, ExchangeKind};

use super::super::PublishError;
use super::broker::Broker;
use super::deadline::Deadline;
use super::trouble::is_forbidden;

/// A channel of a connection where the exchange is known to be.
pub(super) async fn channel(
    connection: &Connection,
    events: &mut (impl Stream<Item = Event> + Unpin),
    exchange: &ShortString,
    broker: &Broker,
    deadline: &Deadline<'_>,
) -> Result<Channel, PublishError> {
    let declaring = open(connection, broker, deadline).await?;
    let declared = declare(&declaring, exchange, false);
    match deadline
        .hold("the declaration of the exchange", declared)
        .await?
    {
        Ok(()) => Ok(declaring),
        Err(error) if is_forbidden(&error) => {
            // The refusal has closed the channel, which is told as an event as well, and
            // not to be taken for the loss of what comes next.
            let told = events.any(|event| async move { matches!(event, Event::Error(_)) });
            deadline.hold("the closing of a channel", told).await?;
            let channel = open(connection, broker, deadline).await?;
            let found = declare(&channel, exchange, true);
            deadline
                .hold("the search for the exchange", found)
                .await?
                .map_err(|error| broker.no_exchange(&error))?;
            Ok(channel)
        }
        Err(error) => Err(broker.no_exchange(&error)),
    }
}

async fn open(
    connection: &Connection,
    broker: &Broker,
    deadline: &Deadline<'_>,
) -> Result<Channel, PublishError> {
    deadline
        .hold("the opening of a channel", connection.create_channel())
        .await?
        .map_err(|error| broker.lost(&error))
}

async fn declare(channel: &Channel, exchange: &ShortString, passive: bool) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions {
        passive,
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(
            exchange.clone(),
            ExchangeKind::Topic,
            options,
            FieldTable::default(),
        )
        .await
}
