//! What reads from a connection, and what writes to it.
//!
//! They are two tasks, so that a broker that does not read keeps nobody from hearing it,
//! and the other way round. Whichever of them fails ends the connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

use super::{Connection, Delivered, MESSAGE, OUTBOX, Shared, Terms, auth_response, connect};
use crate::bus::pulsar::authentication::Authentication;
use crate::bus::pulsar::dial::Stream;
use crate::bus::pulsar::wire::WireError;
use crate::bus::pulsar::wire::error::error_of;
use crate::bus::pulsar::wire::frame::{Frame, Frames, Outgoing};
use crate::bus::pulsar::wire::route::Routes;
use crate::bus::pulsar::words::{Command, CommandPing, CommandPong};

type Reader = FramedRead<ReadHalf<Stream>, Frames>;

/// How many frames are written at once, and about how many bytes.
const AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 256 << 10;

pub(super) async fn open(stream: Stream, terms: Terms) -> Result<Connection, WireError> {
    let (reader, mut writer) = split(stream);
    let mut reader = FramedRead::new(reader, Frames);
    let (method, data) = who(&terms.authentication).await?;
    write(&mut writer, connect(terms.behind, method, data)).await?;
    let connected = loop {
        match next(&mut reader).await?.command {
            Some(Command::Connected(connected)) => break connected,
            Some(Command::Error(error)) => {
                // What was good for the last connection may not be for this one.
                terms.authentication.forget();
                return Err(WireError::Refused {
                    what: "a connection",
                    error: error_of(error.error),
                    message: error.message,
                });
            }
            Some(Command::AuthChallenge(_)) => {
                let (method, data) = who(&terms.authentication).await?;
                write(&mut writer, auth_response(method, data)).await?;
            }
            _ => {}
        }
    };
    let max_message = connected
        .max_message_size
        .and_then(|most| usize::try_from(most).ok());
    let (outbox, outgoing) = mpsc::channel(OUTBOX);
    let shared = Arc::new(Shared {
        outbox,
        routes: Routes::open(),
        ids: AtomicU64::new(1),
        closed: CancellationToken::new(),
        why: Mutex::default(),
        max_message: max_message.filter(|most| *most > 0).unwrap_or(MESSAGE),
        deadline: terms.deadline,
        heard: AtomicU64::new(0),
        begun: Instant::now(),
    });
    // Both let go of the connection where nobody else has it any more.
    let (reading, writing) = (Arc::clone(&shared), Arc::downgrade(&shared));
    let closed = shared.closed.clone();
    let authentication = terms.authentication;
    tokio::spawn(async move {
        let ended = closed
            .run_until_cancelled(read(reader, &reading, &authentication))
            .await;
        if let Some(why) = ended {
            reading.close(why);
        }
    });
    let closed = shared.closed.clone();
    let deadline = terms.deadline;
    let keep_alive = terms.keep_alive;
    tokio::spawn(async move {
        let beat = || {
            let shared = writing.upgrade()?;
            Some(pulse(&shared, keep_alive))
        };
        let ended =
            closed.run_until_cancelled(write_all(writer, outgoing, deadline, keep_alive, beat));
        if let Some(why) = ended.await
            && let Some(shared) = writing.upgrade()
        {
            shared.close(why);
        }
    });
    Ok(Connection(shared))
}

async fn who(
    authentication: &Authentication,
) -> Result<(Option<&'static str>, Vec<u8>), WireError> {
    let who = authentication.method_and_data().await;
    who.map_err(|error| WireError::connection(error.to_string()))
}

async fn next(reader: &mut Reader) -> Result<Frame, WireError> {
    let ended = || Err(WireError::connection("the broker has ended the connection"));
    reader.next().await.unwrap_or_else(ended)
}

/// Reads until the end, and returns why that came.
async fn read(
    mut reader: Reader,
    shared: &Arc<Shared>,
    authentication: &Arc<Authentication>,
) -> String {
    loop {
        let frame = match next(&mut reader).await {
            Ok(frame) => frame,
            Err(error) => return error.to_string(),
        };
        let now = u64::try_from(shared.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        shared.heard.store(now, Ordering::Relaxed);
        route(frame, shared, authentication);
    }
}

/// Brings what came to whoever waits for it.
fn route(
    Frame { command, rest }: Frame,
    shared: &Arc<Shared>,
    authentication: &Arc<Authentication>,
) {
    let routes = &shared.routes;
    let Some(command) = command else { return };
    match command {
        Command::Message(message) => {
            let delivered = Delivered {
                id: message.message_id,
                ack_set: message.ack_set,
                times: message.redelivery_count.unwrap_or_default(),
                rest,
            };
            routes.deliver(message.consumer_id, delivered);
        }
        Command::SendReceipt(receipt) => {
            let id = receipt.message_id.unwrap_or_default();
            routes.receipt(receipt.producer_id, receipt.sequence_id, Ok(id));
        }
        Command::SendError(error) => {
            let refused = WireError::Refused {
                what: "a message",
                error: error_of(error.error),
                message: error.message,
            };
            routes.receipt(error.producer_id, error.sequence_id, Err(refused));
        }
        Command::Ping(_) => {
            shared.post_now(Command::Pong(CommandPong {}));
        }
        Command::CloseConsumer(close) => routes.close_inbox(close.consumer_id),
        Command::CloseProducer(close) => routes.close_producer(close.producer_id),
        Command::AuthChallenge(_) => {
            let (shared, authentication) = (Arc::clone(shared), Arc::clone(authentication));
            tokio::spawn(async move {
                match authentication.method_and_data().await {
                    Ok((method, data)) => {
                        shared.post_now(auth_response(method, data));
                    }
                    Err(error) => shared.close(error.to_string()),
                }
            });
        }
        Command::Error(error) => {
            let refused = WireError::Refused {
                what: "it",
                error: error_of(error.error),
                message: error.message,
            };
            routes.answer(error.request_id, Err(refused));
        }
        answer => {
            if let Some(id) = answered(&answer) {
                routes.answer(id, Ok(answer));
            }
        }
    }
}

/// Which request a command answers.
fn answered(command: &Command) -> Option<u64> {
    match command {
        Command::Success(answer) => Some(answer.request_id),
        Command::ProducerSuccess(answer) => Some(answer.request_id),
        Command::LookupTopicResponse(answer) => Some(answer.request_id),
        Command::PartitionMetadataResponse(answer) => Some(answer.request_id),
        Command::GetTopicsOfNamespaceResponse(answer) => Some(answer.request_id),
        Command::GetSchemaResponse(answer) => Some(answer.request_id),
        Command::ConsumerStatsResponse(answer) => Some(answer.request_id),
        Command::AckResponse(answer) => answer.request_id,
        _ => None,
    }
}

/// What is to be done when a connection was left alone for a while.
enum Pulse {
    Lives,
    Ask,
    Dead,
}

fn pulse(shared: &Shared, keep_alive: Duration) -> Pulse {
    let heard = Duration::from_millis(shared.heard.load(Ordering::Relaxed));
    let silent = shared.begun.elapsed().saturating_sub(heard);
    if silent >= keep_alive.saturating_mul(2) {
        Pulse::Dead
    } else if silent >= keep_alive {
        Pulse::Ask
    } else {
        Pulse::Lives
    }
}

/// Writes what is posted until the end, and returns why that came. In between it feels the
/// pulse, and ends where nobody has the connection any more.
async fn write_all(
    mut writer: WriteHalf<Stream>,
    mut outgoing: mpsc::Receiver<Outgoing>,
    deadline: Duration,
    keep_alive: Duration,
    beat: impl Fn() -> Option<Pulse>,
) -> String {
    let mut ticks = interval(keep_alive.div_f64(2.0).max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut posted = Vec::with_capacity(AT_ONCE);
    let mut bytes = BytesMut::new();
    loop {
        tokio::select! {
            many = outgoing.recv_many(&mut posted, AT_ONCE) => {
                if many == 0 {
                    return "nobody needs the connection any more".to_owned();
                }
            }
            _ = ticks.tick() => match beat() {
                None => return "nobody needs the connection any more".to_owned(),
                Some(Pulse::Lives) => continue,
                Some(Pulse::Ask) => posted.push(Outgoing {
                    said: Command::Ping(CommandPing {}).into(),
                    message: None,
                }),
                Some(Pulse::Dead) => {
                    let silent = keep_alive.saturating_mul(2).as_secs_f64();
                    return format!("nothing was heard from the broker for {silent} s");
                }
            }
        }
        for outgoing in posted.drain(..) {
            outgoing.write(&mut bytes);
            if bytes.len() >= BYTES_AT_ONCE
                && let Err(why) = flush(&mut writer, &mut bytes, deadline).await
            {
                return why;
            }
        }
        if let Err(why) = flush(&mut writer, &mut bytes, deadline).await {
            return why;
        }
    }
}

async fn flush(
    writer: &mut WriteHalf<Stream>,
    bytes: &mut BytesMut,
    deadline: Duration,
) -> Result<(), String> {
    let written = timeout(deadline, async {
        writer.write_all(bytes).await?;
        writer.flush().await
    });
    match written.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(format!("the broker cannot be written to: {error}")),
        Err(_) => {
            let seconds = deadline.as_secs_f64();
            return Err(format!("the broker has read nothing for {seconds} s"));
        }
    }
    bytes.clear();
    if bytes.capacity() > 4 * BYTES_AT_ONCE {
        *bytes = BytesMut::new();
    }
    Ok(())
}

async fn write(writer: &mut WriteHalf<Stream>, command: Command) -> Result<(), WireError> {
    let mut bytes = BytesMut::new();
    let outgoing = Outgoing {
        said: command.into(),
        message: None,
    };
    outgoing.write(&mut bytes);
    let written = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    let failed = |error| WireError::connection(format!("the broker cannot be written to: {error}"));
    written.await.map_err(failed)
}
