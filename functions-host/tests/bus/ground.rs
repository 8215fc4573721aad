//! What a bus is tested on.

use std::time::Duration;

use functions_host::bus::{Bus, Completion, Delivery, Outcome, Request, RequestId};
use futures_util::future::{BoxFuture, join_all};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// A kind of bus, in a place of its own.
pub(crate) trait Ground {
    /// Opens the bus, again where it was open before: what the one before knew without
    /// having written it down is lost, as with a process that was killed.
    fn open(&self) -> BoxFuture<'_, Box<dyn Bus>>;

    /// Lets time pass for what waits for its time.
    fn advance(&self, time: Duration);
}

/// How many requests there may be, and how many of one tenant, on the ground.
pub(crate) const BACKLOG: u64 = 15_000;
pub(crate) const OF_ONE: u64 = 12_000;

/// How many of one tenant are delivered at once.
pub(crate) const IN_FLIGHT: usize = 16;

pub(crate) fn request(tenant: &str, id: &str) -> Request {
    Request {
        id: id.parse().unwrap(),
        tenant: tenant.parse().unwrap(),
        asset_id: format!("asset of {id}"),
        asset_uri: "data:,asset".to_owned(),
        wasm_module_id: "module".to_owned(),
        event_timestamp: 7,
        repeats: None,
        flaw: None,
    }
}

pub(crate) async fn submit(bus: &dyn Bus, tenant: &str, id: &str) {
    bus.submit(request(tenant, id)).await.unwrap();
}

/// Submits requests whose ids are their numbers.
pub(crate) async fn submit_many(bus: &dyn Bus, tenant: &str, many: usize) {
    let all = (0..many).map(|n| bus.submit(request(tenant, &n.to_string())));
    for submitted in join_all(all).await {
        submitted.unwrap();
    }
}

/// The next delivery, and whose it is.
pub(crate) async fn receive(bus: &dyn Bus) -> (Delivery, String) {
    let delivery = bus.receive().await.unwrap();
    let of = name(&delivery);
    (delivery, of)
}

pub(crate) fn name(delivery: &Delivery) -> String {
    format!("{}/{}", delivery.request.tenant, delivery.request.id)
}

pub(crate) fn completion(request: &Request) -> Completion {
    Completion {
        execution_id: Uuid::nil(),
        tenant_id: request.tenant.clone(),
        asset_id: request.asset_id.clone(),
        wasm_module_id: request.wasm_module_id.clone(),
        outcome: Outcome::Failure("none of these is ever run".to_owned()),
        fault: None,
        event_timestamp: 8,
    }
}

pub(crate) async fn finish(delivery: Delivery) {
    let completion = completion(&delivery.request);
    delivery.finish(completion).await.unwrap();
}

/// Waits until there is nothing on the bus: a broker hears in a moment of what is done.
pub(crate) async fn nothing_is_left(bus: &dyn Bus) {
    let gone = async {
        while !bus.backlog().await.unwrap().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), gone).await.unwrap();
}

/// Delivers a marker: what would come before it is not there.
pub(crate) async fn nothing_else_is_due(bus: &dyn Bus) {
    let marker = RequestId::unique();
    submit(bus, "marker", marker.as_str()).await;
    let (delivery, of) = receive(bus).await;
    assert_eq!(of, format!("marker/{marker}"));
    finish(delivery).await;
}
