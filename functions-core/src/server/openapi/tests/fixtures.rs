//! One function of each kind.

use std::time::Duration;

use functions_macros::function;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::executor::{Executor, Limits};
use crate::function::Function;
use crate::registry::Registry;
use crate::state::States;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Low,
    High,
}

/// A thing that is made of such things.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Line {
    name: String,
    parts: Vec<Line>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Options {
    #[serde(default)]
    express: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Parcel {
    options: Options,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    lines: Vec<Line>,
    parcel: Parcel,
    priority: Priority,
}

#[derive(Serialize, JsonSchema)]
struct Receipt {
    order: Order,
    note: Option<String>,
    copies: u32,
    total: f64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename = "Größe")]
struct Size {
    cm: f64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Page<of/Line>~")]
struct Page<T> {
    items: Vec<T>,
    next: Option<u64>,
}

mod warehouse {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    pub(super) struct Place {
        shelf: u32,
    }
}

mod town {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    pub(super) struct Place {
        street: String,
    }
}

/// Places an
/// order.
///
/// It is *not* paid yet.
#[function(timeout = "2500ms")]
async fn place_order(
    /// What is ordered
    order: Order,
    note: Option<String>,
    /// How many copies
    #[arg(default = 1)]
    copies: u32,
) -> Result<Receipt, String> {
    Ok(Receipt {
        order,
        note,
        copies,
        total: 1.5,
    })
}

#[function]
async fn ping() {}

#[function(name = "größe")]
async fn size(size: Size) -> f64 {
    size.cm
}

#[function]
async fn readiness() {}

#[function(name = "stock.count-all")]
async fn count_all() {}

#[function(name = "stock.count_all")]
async fn count_all_too() {}

#[function]
async fn ship(from: warehouse::Place, to: town::Place) {
    drop((from, to));
}

#[function]
async fn anything(
    value: serde_json::Value,
    more: Vec<serde_json::Value>,
) -> Page<serde_json::Value> {
    Page {
        items: [vec![value], more].concat(),
        next: None,
    }
}

const NAMES: [&str; 8] = [
    "place_order",
    "ping",
    "größe",
    "readiness",
    "stock.count-all",
    "stock.count_all",
    "ship",
    "anything",
];

/// One of each kind.
pub(super) fn all() -> Vec<&'static Function> {
    let registry = Registry::collect().unwrap();
    NAMES.map(|name| registry.get(name).unwrap()).to_vec()
}

/// The one with the most to tell, under another name that is never freed.
pub(super) fn place_order_as(name: String) -> Function {
    let [place_order, ..] = all()[..] else {
        panic!("there are functions");
    };
    Function {
        name: Box::leak(name.into_boxed_str()),
        ..*place_order
    }
}

pub(super) fn executor_of(functions: &[&'static Function]) -> Executor {
    let limits = Limits {
        timeout: Duration::from_secs(30),
        max_timeout: Duration::from_secs(300),
        max_concurrency: 16,
        max_queue: 16,
    };
    let registry = Registry::new(functions.iter().copied()).unwrap();
    Executor::new(registry, States::default(), "test", limits)
}
