//! A place of one test's own in a Pulsar: a tenant of it, with namespaces.

use functions_tests::Proxy;
use functions_tests::pulsar::{Admin, Lent, Standalone};
use pulsar::TokioExecutor;
use serde_json::Value;

use crate::contract::{REQUESTS, RETRIES, SUBSCRIPTION};
use crate::server::Server;
use crate::soon::soon;
use crate::wasm::{echo, pointer, slow};

/// The client that the tests send and listen by.
pub(crate) type Client = pulsar::Pulsar<TokioExecutor>;

/// Modules that every host has.
pub(crate) const MODULES: [&str; 4] = ["echo", "slow", "trap", "large"];

pub(crate) struct Ground {
    url: String,
    /// Where hosts find the same.
    url_of_hosts: String,
    admin_url: String,
    pub(crate) admin: Admin,
    tenant: String,
}

impl Ground {
    /// In the Pulsar that is there for all tests.
    pub(crate) async fn lent(namespaces: &[&str]) -> Self {
        let lent = Lent::new();
        let admin = lent.admin();
        Self::within(lent.url, lent.admin_url, admin, &[], namespaces).await
    }

    /// In a Pulsar of the test's own.
    pub(crate) async fn own(of: &Standalone, namespaces: &[&str]) -> Self {
        Self::within(of.url(), of.admin_url(), of.admin(), &[], namespaces).await
    }

    /// In a Pulsar of the test's own that wants to know who comes, and that hosts reach by
    /// TLS. Whoever has the role for clients may do everything in it.
    pub(crate) async fn secured(of: &Standalone, namespaces: &[&str]) -> Self {
        let (url, admin_url) = (of.secure_url(), of.secure_admin_url());
        let roles = [of.security().role()];
        Self::within(url, admin_url, of.admin(), &roles, namespaces).await
    }

    /// The same, with a network in between for the hosts.
    pub(crate) async fn behind(proxy: &Proxy, of: &Standalone, namespaces: &[&str]) -> Self {
        let mut ground = Self::own(of, namespaces).await;
        ground.url_of_hosts = format!("pulsar://{}", proxy.address());
        ground
    }

    async fn within(
        url: String,
        admin_url: String,
        admin: Admin,
        roles: &[&str],
        namespaces: &[&str],
    ) -> Self {
        let ground = Self {
            admin,
            url_of_hosts: url.clone(),
            url,
            admin_url,
            tenant: format!("scenario-{}", uuid::Uuid::now_v7().simple()),
        };
        let made = ground.admin.create_tenant_of(&ground.tenant, roles).await;
        made.unwrap();
        for namespace in namespaces {
            ground.make_namespace(namespace).await;
        }
        ground
    }

    pub(crate) async fn make_namespace(&self, namespace: &str) {
        let namespace = format!("{}/{namespace}", self.tenant);
        self.admin.create_namespace(&namespace).await.unwrap();
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The name of a topic in a namespace, as the admin API calls it.
    pub(crate) fn topic(&self, namespace: &str, topic: &str) -> String {
        format!("{}/{namespace}/{topic}", self.tenant)
    }

    /// Its whole name.
    pub(crate) fn persistent(&self, namespace: &str, topic: &str) -> String {
        format!("persistent://{}", self.topic(namespace, topic))
    }

    pub(crate) async fn client(&self) -> Client {
        let client = Client::builder(&self.url, TokioExecutor).build().await;
        client.unwrap()
    }

    /// The arguments of a host that serves all namespaces.
    pub(crate) fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let own = [
            "--pulsar-url",
            &self.url_of_hosts,
            "--pulsar-admin-url",
            &self.admin_url,
            "--pulsar-tenant",
            &self.tenant,
        ];
        [&own, more].concat()
    }

    /// A host that serves all namespaces, once it has the modules.
    pub(crate) fn host(&self, more: &[&str]) -> Server {
        with_modules(Server::with(&self.arguments(more)))
    }

    /// A host that is told the namespaces, and can ask no administrator for them.
    pub(crate) fn host_of(&self, namespaces: &str, more: &[&str]) -> Server {
        let own = [
            "--pulsar-url",
            &self.url_of_hosts,
            // Nobody is there.
            "--pulsar-admin-url",
            "http://127.0.0.1:1",
            "--pulsar-tenant",
            &self.tenant,
            "--pulsar-namespaces",
            namespaces,
        ];
        with_modules(Server::with(&[&own, more].concat()))
    }

    /// How many entries the hosts have before them in a topic; nothing where they do not
    /// consume it.
    pub(crate) async fn backlog(&self, namespace: &str, topic: &str) -> Option<u64> {
        let topic = self.topic(namespace, topic);
        let backlog = match self.admin.backlog(&topic, SUBSCRIPTION).await {
            Ok(backlog) => backlog,
            Err(_) => self
                .admin
                .partitioned_backlog(&topic, SUBSCRIPTION)
                .await
                .ok()?,
        };
        Some(backlog.entries)
    }

    /// Waits until every request in these namespaces is acknowledged.
    pub(crate) async fn done(&self, namespaces: &[&str]) {
        for namespace in namespaces {
            soon("every request is acknowledged", async || {
                (self.backlog(namespace, REQUESTS).await? == 0).then_some(())
            })
            .await;
            // Before it was acknowledged there it was put here.
            soon("no request waits for another attempt", async || {
                let waits = self.backlog(namespace, RETRIES).await;
                waits.is_none_or(|waits| waits == 0).then_some(())
            })
            .await;
        }
    }
}

/// A host, once it has the modules.
fn with_modules(host: Server) -> Server {
    // It is given what goes beyond two pages of memory as well.
    let large = r#"(module
        (memory (export "memory") 256)
        (data (i32.const 0) "{\"n\":\"large\"}")
        (func (export "allocate") (param i32) (result i32) (i32.const 1024))
        (func (export "run") (param i32 i32) (result i32) (i32.const 0)))"#;
    let modules = [
        echo(),
        slow(3_000_000),
        pointer("unreachable"),
        wat::parse_str(large).unwrap(),
    ];
    for (id, module) in MODULES.iter().zip(modules) {
        let uploaded = host.upload(id, &module);
        assert_eq!(uploaded.status, 201, "{id}: {uploaded:?}");
    }
    host
}

/// What a host says of itself.
pub(crate) fn status(host: &Server) -> Value {
    host.get("/api/v1/status").json()
}

/// Waits until a host is ready.
pub(crate) async fn ready(host: &Server) {
    soon("the host is ready", async || {
        (host.get("/ready").status == 200).then_some(())
    })
    .await;
}

/// Waits until a host consumes so many topics.
pub(crate) async fn consumes(host: &Server, many: usize) {
    soon("the host consumes the topics", async || {
        let status = status(host);
        let topics = status["bus"]["topics"].as_array().unwrap().iter();
        let connected = topics.filter(|topic| topic["connected"] == true).count();
        (connected == many).then_some(())
    })
    .await;
}

/// A module that makes so many bytes of everything.
pub(crate) fn bulky(bytes: usize) -> Vec<u8> {
    let head = r#"{\"n\":\"large\",\"padding\":\""#;
    let begin = head.replace('\\', "").len();
    let end = begin + bytes;
    let wat = format!(
        r#"(module
            (memory (export "memory") 256)
            (data (i32.const 0) "{head}")
            (data (i32.const {end}) "\"}}")
            (func (export "allocate") (param i32) (result i32) (i32.const 8000000))
            (func (export "run") (param i32 i32) (result i32)
                (memory.fill (i32.const {begin}) (i32.const 120) (i32.const {bytes}))
                (i32.const 0)))"#
    );
    wat::parse_str(wat).unwrap()
}
