//! Who waits for what on a connection.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::WireError;
use super::connection::Delivered;
use crate::bus::pulsar::words::{Command, MessageIdData};

/// An answer, or why there is none.
pub(super) type Answer<T> = Result<T, WireError>;

/// Who waits for what. Nobody does any more once it is [closed](Self::close).
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<Option<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    requests: HashMap<u64, oneshot::Sender<Answer<Command>>>,
    sends: HashMap<(u64, u64), oneshot::Sender<Answer<MessageIdData>>>,
    inboxes: HashMap<u64, mpsc::UnboundedSender<Delivered>>,
    producers: HashMap<u64, CancellationToken>,
}

impl Routes {
    pub(super) fn open() -> Self {
        Self(Mutex::new(Some(Waiting::default())))
    }

    /// Lets all go who wait.
    pub(super) fn close(&self) {
        let waiting = self.lock().take();
        if let Some(waiting) = waiting {
            for producer in waiting.producers.values() {
                producer.cancel();
            }
        }
    }

    pub(super) fn request(&self, id: u64) -> oneshot::Receiver<Answer<Command>> {
        let (sender, answer) = oneshot::channel();
        if let Some(waiting) = self.lock().as_mut() {
            waiting.requests.insert(id, sender);
        }
        answer
    }

    pub(super) fn answer(&self, id: u64, answer: Answer<Command>) {
        let sender = self
            .lock()
            .as_mut()
            .and_then(|waiting| waiting.requests.remove(&id));
        if let Some(sender) = sender {
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        }
    }

    pub(super) fn forget_request(&self, id: u64) {
        if let Some(waiting) = self.lock().as_mut() {
            waiting.requests.remove(&id);
        }
    }

    pub(super) fn send(
        &self,
        producer: u64,
        sequence: u64,
    ) -> oneshot::Receiver<Answer<MessageIdData>> {
        let (sender, receipt) = oneshot::channel();
        if let Some(waiting) = self.lock().as_mut() {
            waiting.sends.insert((producer, sequence), sender);
        }
        receipt
    }

    pub(super) fn receipt(&self, producer: u64, sequence: u64, receipt: Answer<MessageIdData>) {
        let key = (producer, sequence);
        let sender = self
            .lock()
            .as_mut()
            .and_then(|waiting| waiting.sends.remove(&key));
        if let Some(sender) = sender {
            let _ = sender.send(receipt);
        }
    }

    pub(super) fn forget_send(&self, producer: u64, sequence: u64) {
        if let Some(waiting) = self.lock().as_mut() {
            waiting.sends.remove(&(producer, sequence));
        }
    }

    pub(super) fn inbox(&self, consumer: u64) -> mpsc::UnboundedReceiver<Delivered> {
        let (sender, inbox) = mpsc::unbounded_channel();
        if let Some(waiting) = self.lock().as_mut() {
            waiting.inboxes.insert(consumer, sender);
        }
        inbox
    }

    pub(super) fn deliver(&self, consumer: u64, delivered: Delivered) {
        if let Some(waiting) = self.lock().as_ref()
            && let Some(inbox) = waiting.inboxes.get(&consumer)
        {
            let _ = inbox.send(delivered);
        }
    }

    /// There is no such consumer any more: whoever reads its inbox comes to the end.
    pub(super) fn close_inbox(&self, consumer: u64) {
        if let Some(waiting) = self.lock().as_mut() {
            waiting.inboxes.remove(&consumer);
        }
    }

    /// Is cancelled once there is no such producer any more.
    pub(super) fn producer(&self, producer: u64) -> CancellationToken {
        let gone = CancellationToken::new();
        match self.lock().as_mut() {
            Some(waiting) => {
                waiting.producers.insert(producer, gone.clone());
            }
            None => gone.cancel(),
        }
        gone
    }

    pub(super) fn close_producer(&self, producer: u64) {
        if let Some(waiting) = self.lock().as_mut() {
            if let Some(gone) = waiting.producers.remove(&producer) {
                gone.cancel();
            }
            // Those who wait for a receipt hear that none will come.
            waiting.sends.retain(|(of, _), _| *of != producer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
