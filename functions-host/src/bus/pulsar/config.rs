//! What bounds a bus on Pulsar.

use std::time::Duration;

use super::{AdminUrl, Authentication, ServiceUrl, TlsConfig};
use crate::tenant::TenantId;

/// What bounds a bus on Pulsar.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PulsarConfig {
    /// The brokers.
    pub service: ServiceUrl,
    /// The tenant of Pulsar in whose namespaces the topics are. Each namespace is a tenant
    /// of this host.
    pub tenant: String,
    /// The subscription that all hosts share.
    pub subscription: String,
    /// Where the namespaces come from.
    pub namespaces: Namespaces,
    /// How often the namespaces are listed.
    pub rescan: Duration,
    /// How many messages of one topic are asked for in advance.
    pub prefetch: u32,
    /// How many bytes all messages may hold that were received and are not acknowledged;
    /// at least [`max_message_bytes`](Self::max_message_bytes).
    pub buffer_bytes: usize,
    /// How many bytes all messages may hold of which not all pieces have come; beyond that
    /// those of the tenant who has most go back. At least twice
    /// [`max_message_bytes`](Self::max_message_bytes).
    pub pieces_bytes: usize,
    /// The largest message that is read, in bytes, once it is decompressed and put
    /// together. Larger ones are dead letters.
    pub max_message_bytes: usize,
    /// How many requests of one tenant are delivered at once.
    pub in_flight_per_tenant: usize,
    /// How long a broker may take to answer.
    pub request_deadline: Duration,
    /// How long a connection may be silent until it is asked whether it is there; one that
    /// is silent as long again is given up.
    pub keep_alive: Duration,
    /// How long it is waited before what went wrong with a broker is tried again; doubled
    /// each time.
    pub first_delay: Duration,
    /// Up to this.
    pub longest_delay: Duration,
    /// Whether a request belongs to the tenant that it names, and not to the one in whose
    /// namespace it lies. Whoever may write to one namespace may then ask for others.
    pub trust_tenant_id: bool,
    /// How brokers are told who this host is.
    pub authentication: Authentication,
    /// How connections are made secure.
    pub tls: TlsConfig,
}

/// Where the namespaces come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// From the admin API: all of the tenant, and those that come later.
    Listed(AdminUrl),
    /// From the operator: these, and no others.
    Fixed(Vec<TenantId>),
}

impl PulsarConfig {
    /// The defaults: the namespaces of the tenant `platformq`, listed every 30 seconds by
    /// the admin API at the same hosts; 64 messages in advance of each topic and 256 MiB in
    /// all, of 8 MiB at most, and 64 MiB of those that come in pieces and are not whole; answers
    /// within 10 seconds, and signs of life every 15; delays from a second to half a minute.
    #[must_use]
    pub fn new(service: ServiceUrl) -> Self {
        Self {
            namespaces: Namespaces::Listed(AdminUrl::beside(&service)),
            service,
            tenant: "platformq".to_owned(),
            subscription: "functions-service-execution-sub".to_owned(),
            rescan: Duration::from_secs(30),
            prefetch: 64,
            buffer_bytes: 256 << 20,
            pieces_bytes: 64 << 20,
            max_message_bytes: 8 << 20,
            in_flight_per_tenant: 64,
            request_deadline: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(30),
            trust_tenant_id: false,
            authentication: Authentication::None,
            tls: TlsConfig::default(),
        }
    }
}
