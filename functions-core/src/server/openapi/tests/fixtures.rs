//! Functions as `#[function]` would have written them.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::MapAccess;
use serde::{Deserialize, Serialize};

use crate::__private as glue;
use crate::arguments::ArgumentsError;
use crate::executor::{Executor, Limits};
use crate::function::{Call, Function, FunctionFuture, Location, Parameter};
use crate::registry::Registry;
use crate::state::States;
use glue::{FromCall, ReturnsResult as _, ReturnsValue as _, ShownDefault as _};

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

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Options {
    #[serde(default)]
    express: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    lines: Vec<Line>,
    priority: Priority,
    #[serde(default)]
    options: Options,
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
#[expect(dead_code, reason = "only its schema is looked at")]
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

const HERE: Location = Location {
    file: file!(),
    line: line!(),
};

static PLACE_ORDER: Function = Function::new(
    "place_order",
    HERE,
    |generator| {
        (&glue::Returned::<Result<Receipt, String>>::new())
            .kind()
            .schema(generator)
    },
    place_order,
)
.with_description("Places an\norder.\n\nIt is *not* paid yet.")
.with_timeout(Duration::from_millis(2_500))
.with_parameters(&PLACE_ORDER_PARAMETERS);

static PLACE_ORDER_PARAMETERS: [Parameter; 3] = [
    Parameter::of::<Order>("order", "What is ordered"),
    Parameter::of::<Option<String>>("note", ""),
    Parameter::of::<u32>("copies", "How many copies")
        .with_default(|| (&glue::DefaultOf(|| 1_u32)).json()),
];

#[derive(Default)]
struct PlaceOrderSlots(Option<Order>, Option<Option<String>>, Option<u32>);

impl glue::Slots for PlaceOrderSlots {
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error> {
        match index {
            0 => self.0 = Some(FromCall::read(map)?),
            1 => self.1 = Some(FromCall::read(map)?),
            2 => self.2 = Some(FromCall::read(map)?),
            _ => glue::skip(map)?,
        }
        Ok(())
    }
}

fn place_order(call: &mut Call<'_>) -> Result<FunctionFuture, ArgumentsError> {
    let mut slots = PlaceOrderSlots::default();
    call.read(&mut slots)?;
    let order = call.take(0, slots.0, None);
    let note = call.take(1, slots.1, None);
    let copies = call.take(2, slots.2, Some(|| 1));
    let (Some(order), Some(note), Some(copies)) = (order, note, copies) else {
        return Err(call.missing());
    };
    let reply = call.reply();
    Ok(Box::pin(async move {
        let receipt = Receipt {
            order,
            note,
            copies,
            total: 1.5,
        };
        (&glue::Returned::<Result<Receipt, String>>::new())
            .kind()
            .write(reply, Ok(receipt))
    }))
}

fn nothing(call: &mut Call<'_>) -> Result<FunctionFuture, ArgumentsError> {
    let reply = call.reply();
    Ok(Box::pin(async move {
        (&glue::Returned::<()>::new()).kind().write(reply, ())
    }))
}

const fn returning_nothing(name: &'static str) -> Function {
    Function::new(
        name,
        HERE,
        |generator| (&glue::Returned::<()>::new()).kind().schema(generator),
        nothing,
    )
}

static PING: Function = returning_nothing("ping");
static SIZE: Function =
    returning_nothing("größe").with_parameters(&[Parameter::of::<Size>("size", "")]);
static READINESS: Function = returning_nothing("readiness");
static COUNT_ALL: Function = returning_nothing("stock.count-all");
static COUNT_ALL_TOO: Function = returning_nothing("stock.count_all");
static SHIP: Function = returning_nothing("ship").with_parameters(&[
    Parameter::of::<warehouse::Place>("from", ""),
    Parameter::of::<town::Place>("to", ""),
]);
static ANYTHING: Function = Function::new(
    "anything",
    HERE,
    |generator| generator.subschema_for::<Page<serde_json::Value>>(),
    nothing,
)
.with_parameters(&[Parameter::of::<serde_json::Value>(
    "value",
    "Whatever it is",
)]);

/// One of each kind.
pub(super) fn all() -> Vec<&'static Function> {
    vec![
        &PLACE_ORDER,
        &PING,
        &SIZE,
        &READINESS,
        &COUNT_ALL,
        &COUNT_ALL_TOO,
        &SHIP,
        &ANYTHING,
    ]
}

/// The one with the most to tell, under another name that is never freed.
pub(super) fn place_order_as(name: String) -> Function {
    Function {
        name: Box::leak(name.into_boxed_str()),
        ..PLACE_ORDER
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
    Executor::new(registry, States::default(), Arc::from("test"), limits)
}
