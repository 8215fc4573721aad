//! Once there is a connection.

use lapin::Error;

use super::super::super::PublishError;
use super::super::broker::Broker;
use super::{ACCESS_REFUSED, NOT_FOUND, reply};

impl Broker {
    /// Why a message was not taken, and the channel with it is over.
    pub(in super::super) fn not_taken(&self, error: &Error) -> PublishError {
        let (exchange, vhost, user) = (&self.exchange, &self.vhost, &self.username);
        match reply(error) {
            Some((ACCESS_REFUSED, text)) => PublishError::refused(format!(
                "user {user:?} may not publish to exchange {exchange:?} in virtual host \
                 {vhost:?}: permit the user to write to it ({text})"
            )),
            // The next connection declares it anew.
            Some((NOT_FOUND, text)) => PublishError::unavailable(format!(
                "the exchange {exchange:?} in virtual host {vhost:?} has been deleted ({text})"
            )),
            _ => self.lost(error),
        }
    }

    /// The broker has taken a message, and does not vouch for it.
    pub(in super::super) fn not_kept(&self) -> PublishError {
        PublishError::unavailable(format!(
            "the broker at {} could not keep the message (basic.nack)",
            self.address()
        ))
    }

    pub(in super::super) fn behind(&self) -> PublishError {
        PublishError::unavailable(format!(
            "the broker at {} has not confirmed the message before this one",
            self.address()
        ))
    }

    pub(in super::super) fn gone(&self) -> PublishError {
        PublishError::unavailable(format!(
            "the connection to the broker at {} is over",
            self.address()
        ))
    }
}
