//! On the way to a connection.

use std::io;
use std::time::Duration;

use lapin::{Error, ErrorKind};

use super::super::super::PublishError;
use super::super::broker::Broker;
use super::{ACCESS_REFUSED, NOT_ALLOWED, NOT_FOUND, PRECONDITION_FAILED, reply};

impl Broker {
    pub(in super::super) fn late(&self, step: &str, limit: Duration) -> PublishError {
        PublishError::unavailable(format!(
            "no connection to the broker at {} within {limit:?}: {step} did not come to an end",
            self.address()
        ))
    }

    pub(in super::super) fn nameless(&self, error: &io::Error) -> PublishError {
        PublishError::unavailable(format!(
            "the host name {:?} of the broker cannot be resolved: {error}",
            self.hostname
        ))
    }

    pub(in super::super) fn unreachable(&self, error: &io::Error) -> PublishError {
        let hint = match error.kind() {
            io::ErrorKind::ConnectionRefused => "; nothing listens there",
            io::ErrorKind::TimedOut => "; nothing answers there",
            _ => "",
        };
        PublishError::unavailable(format!(
            "the broker at {} cannot be reached: {error}{hint}",
            self.address()
        ))
    }

    #[cfg(feature = "rabbitmq-tls")]
    pub(in super::super) fn untrusted(&self, error: &io::Error) -> PublishError {
        let address = self.address();
        // The other side has sent something, and it was not right.
        if error.kind() != io::ErrorKind::InvalidData {
            return PublishError::unavailable(format!(
                "the TLS handshake with the broker at {address} broke off: {error}"
            ));
        }
        let text = error.to_string();
        PublishError::refused(if text.contains("certificate") {
            format!(
                "the broker at {address} is not trusted: {text}. Its certificate has to be valid \
                 for {:?}, and come from an authority of the CA file, or of the system where no \
                 CA file is named",
                self.hostname
            )
        } else {
            format!(
                "there is no TLS with what answers at {address}: {text}. It has to be the port \
                 that the broker has for AMQP with TLS, 5671 unless set otherwise"
            )
        })
    }

    /// Why the broker did not let somebody in.
    pub(in super::super) fn closed(&self, error: &Error) -> PublishError {
        let (address, user, vhost) = (self.address(), &self.username, &self.vhost);
        match (reply(error), error.kind()) {
            (Some((ACCESS_REFUSED, text)), _) => PublishError::refused(format!(
                "the broker at {address} does not let user {user:?} in: there is no such user, \
                 or the password is another one ({text})"
            )),
            (Some((NOT_ALLOWED, text)), _) => PublishError::refused(format!(
                "the broker at {address} does not open virtual host {vhost:?} to user {user:?}: \
                 there is no such virtual host, or the user has no permissions in it ({text})"
            )),
            (None, ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_)) => {
                PublishError::refused(format!(
                    "what answers at {address} does not speak AMQP 0-9-1: {}",
                    if self.tls {
                        "it has to be the port that the broker has for AMQP with TLS, 5671 \
                         unless set otherwise"
                    } else {
                        "it has to be the port that the broker has for AMQP, 5672 unless set \
                         otherwise; if it is one with TLS, turn TLS on here"
                    }
                ))
            }
            // A port with TLS may hang up before its answer is read.
            (None, ErrorKind::IOError(error)) if !self.tls => PublishError::unavailable(format!(
                "the connection to the broker at {address} broke at the login: {error}; if it is \
                 a port with TLS, turn TLS on here"
            )),
            _ => self.lost(error),
        }
    }

    /// Why the exchange is not to be had.
    pub(in super::super) fn no_exchange(&self, error: &Error) -> PublishError {
        let (exchange, vhost, user) = (&self.exchange, &self.vhost, &self.username);
        match reply(error) {
            Some((PRECONDITION_FAILED, text)) => PublishError::refused(format!(
                "the exchange {exchange:?} in virtual host {vhost:?} is not a durable topic \
                 exchange: delete it, or name another one ({text})"
            )),
            Some((NOT_FOUND, text)) => PublishError::refused(format!(
                "there is no exchange {exchange:?} in virtual host {vhost:?}, and user {user:?} \
                 may not declare it: declare it as a durable topic exchange, or permit the user \
                 to configure it ({text})"
            )),
            Some((ACCESS_REFUSED, text)) => PublishError::refused(format!(
                "the exchange {exchange:?} in virtual host {vhost:?} is not open to user \
                 {user:?}: name another one ({text})"
            )),
            _ => self.lost(error),
        }
    }
}
