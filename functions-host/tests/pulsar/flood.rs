//! A tenant that has more to do than there is time for.

use crate::ground::{Ground, consumes};
use crate::http::Events;
use crate::request::Request;
use crate::sender::Sender;
use crate::wasm::spin;

const FLOOD: usize = 2_000;

const FEW: usize = 10;

/// How many of the flood may be done while the few are: those that were in hand before
/// them, as many that began in their turns, and not one in five of what waits.
const MEANWHILE: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_flood_of_one_tenant_does_not_delay_the_few_of_another() {
    let ground = Ground::lent(&["few", "flood"]).await;
    let mut flood = Sender::to(&ground, "flood").await;
    let mut few = Sender::to(&ground, "few").await;
    let host = ground.host(&["--limit-cpu-time", "0.05"]);
    assert_eq!(host.upload("spin", &spin()).status, 201);
    consumes(&host, 2).await;
    let ends = "/api/v1/executions/stream";
    let mut events = Events::follow(host.address, ends, &[("last-event-id", "0")]);
    flood
        .send_all((0..FLOOD).map(|n| Request::new("flood", "spin", n)))
        .await;
    // The flood has begun, and is far from over.
    let mut done = 0;
    while done < 10 {
        assert_eq!(events.next().unwrap().data["tenant_id"], "flood");
        done += 1;
    }
    few.send_all((0..FEW).map(|n| Request::new("few", "echo", n)))
        .await;
    let (mut of_few, mut meanwhile) = (0, 0);
    while of_few < FEW {
        match events.next().unwrap().data["tenant_id"].as_str() {
            Some("few") => of_few += 1,
            _ => meanwhile += 1,
        }
    }
    println!("{meanwhile} of {FLOOD} while {FEW} were done");
    assert!(meanwhile <= MEANWHILE, "{meanwhile}");
}
