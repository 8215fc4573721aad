//! From the settings of a server to what announces it.

use std::sync::Arc;

use super::{Error, Result};
use crate::config::{Config, EventFormat};
use crate::events::{
    Announcements, Announcer, AnyPublisher, Deployment, Format, Policy, RoutingKeys, Status,
};
use crate::registry::Registry;

/// Where the events of a server go.
#[derive(Debug)]
pub(super) struct Events {
    publisher: Arc<dyn AnyPublisher>,
    status: Status,
    is_rabbitmq: bool,
}

impl Events {
    /// `own` is the program's publisher, which takes the place of RabbitMQ. `None`
    /// where there is nobody to tell, or events are switched off.
    pub(super) fn new(config: &Config, own: Option<Arc<dyn AnyPublisher>>) -> Result<Option<Self>> {
        if !config.events.enabled {
            return Ok(None);
        }
        let is_rabbitmq = own.is_none();
        let publisher = match own {
            Some(own) => Some(own),
            None => rabbitmq(config)?,
        };
        Ok(publisher.map(|publisher| Self {
            publisher,
            status: Status::default(),
            is_rabbitmq,
        }))
    }

    /// What `/ready` shows of RabbitMQ, where that is where they go.
    pub(super) fn rabbitmq(&self) -> Option<Status> {
        self.is_rabbitmq.then(|| self.status.clone())
    }

    pub(super) fn announcer(self, config: &Config, registry: &Registry) -> Result<Announcer> {
        let events = &config.events;
        let keys = RoutingKeys {
            started: events.routing_key_started.as_str().into(),
            healthy: events.routing_key_healthy.as_str().into(),
            stopped: events.routing_key_stopped.as_str().into(),
        };
        let policy = Policy {
            health_check_interval: events.health_check_interval,
            timeout: events.connection_timeout,
            max_retries: events.max_retries,
            retry_delay: events.retry_delay,
            stopped_event: events.stopped_event,
        };
        let deployment = Deployment::new(&*config.deployment_id, registry);
        let announcements = Announcements::new(deployment, format(events.format)?, keys);
        Ok(Announcer::new(
            self.publisher,
            announcements,
            policy,
            self.status,
        ))
    }
}

fn format(format: EventFormat) -> Result<Format> {
    match format {
        EventFormat::Plain => Ok(Format::Plain),
        EventFormat::SystemEvent => Ok(Format::SystemEvent),
        #[cfg(feature = "cloudevents")]
        EventFormat::CloudEvents => Ok(Format::CloudEvents),
        #[cfg(feature = "cloudevents")]
        EventFormat::CloudEventsBinary => Ok(Format::CloudEventsBinary),
        #[cfg(not(feature = "cloudevents"))]
        EventFormat::CloudEvents | EventFormat::CloudEventsBinary => Err(Error::MissingFeature {
            setting: format!("CRBR_EVENT_FORMAT={format}"),
            feature: "cloudevents",
        }),
    }
}

#[cfg(feature = "rabbitmq")]
fn rabbitmq(config: &Config) -> Result<Option<Arc<dyn AnyPublisher>>> {
    use std::time::Duration;

    use crate::events::RabbitMq;

    let broker = &config.rabbitmq;
    let (Some(host), Some(user), Some(password)) =
        (&broker.hostname, &broker.username, &broker.password)
    else {
        return Ok(None);
    };
    if broker.tls && !cfg!(feature = "rabbitmq-tls") {
        return Err(Error::MissingFeature {
            setting: "CRBR_FUNCTIONS_RABBITMQ_TLS=true".to_owned(),
            feature: "rabbitmq-tls",
        });
    }
    let mut publisher = RabbitMq::new(host, user, password.reveal())
        .vhost(&broker.vhost)
        .exchange(&broker.exchange)
        .tls(broker.tls)
        .heartbeat(Duration::from_secs(broker.heartbeat.into()))
        .connection_timeout(config.events.connection_timeout);
    if let Some(port) = broker.port {
        publisher = publisher.port(port);
    }
    if let Some(file) = &broker.ca_file {
        publisher = publisher.ca_file(file);
    }
    Ok(Some(Arc::new(publisher)))
}

/// Whoever configures a broker is told that there is nothing to reach it with.
#[cfg(not(feature = "rabbitmq"))]
fn rabbitmq(config: &Config) -> Result<Option<Arc<dyn AnyPublisher>>> {
    if config.rabbitmq.hostname.is_some() {
        return Err(Error::MissingFeature {
            setting: "CRBR_RABBITMQ_HOSTNAME".to_owned(),
            feature: "rabbitmq",
        });
    }
    Ok(None)
}
