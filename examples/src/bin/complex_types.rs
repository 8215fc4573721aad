//! Types of one's own, in and out: structs in structs, enums, maps, optional parts.
//!
//! What callers may send is the type's own matter: `serde` reads it and `schemars`
//! describes it, and both heed the same attributes. `GET /functions/place_order` shows
//! the schemas that come out.

use std::collections::BTreeMap;

use functions_core::{FunctionServer, function};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    customer: Customer,
    /// At least one
    #[schemars(length(min = 1))]
    lines: Vec<Line>,
    #[serde(default)]
    delivery: Delivery,
    /// Whatever the caller wants to keep with the order
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Customer {
    name: String,
    email: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    article: String,
    #[serde(default = "one")]
    quantity: u32,
    /// In cents
    price: u64,
}

fn one() -> u32 {
    1
}

/// An enum with contents: `{"kind": "courier", "express": true}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Delivery {
    #[default]
    Pickup,
    Courier {
        #[serde(default)]
        express: bool,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    /// In cents
    total: u64,
    /// How many pieces of each article
    pieces: BTreeMap<String, u32>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to: Option<String>,
}

/// An enum of words: `"accepted"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    NeedsApproval,
}

/// Takes an order and says what it costs.
#[function]
async fn place_order(order: Order) -> Result<Receipt, String> {
    if order.lines.is_empty() {
        return Err("order.lines is empty; an order has at least one line".to_owned());
    }
    let mut total: u64 = match order.delivery {
        Delivery::Pickup => 0,
        Delivery::Courier { express: false } => 500,
        Delivery::Courier { express: true } => 1_500,
    };
    let mut pieces = BTreeMap::new();
    for line in order.lines {
        total = total.saturating_add(line.price.saturating_mul(line.quantity.into()));
        let count: &mut u32 = pieces.entry(line.article).or_default();
        *count = count.saturating_add(line.quantity);
    }
    tracing::info!(customer = order.customer.name, total, labels = ?order.labels, "Order placed");
    Ok(Receipt {
        total,
        pieces,
        status: if total > 100_000 {
            Status::NeedsApproval
        } else {
            Status::Accepted
        },
        sent_to: order.customer.email,
    })
}

/// Tuples and options are results as well: the shortest and the longest word, or
/// `null` where there is none.
#[function]
async fn extremes(words: Vec<String>) -> Option<(String, String)> {
    let length = |word: &&String| word.chars().count();
    let shortest = words.iter().min_by_key(length)?;
    let longest = words.iter().max_by_key(length)?;
    Some((shortest.clone(), longest.clone()))
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}

#[cfg(test)]
mod tests {
    use super::{Receipt, Status};
    use functions_core::testing;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn a_nested_order_becomes_a_receipt() {
        let order = json!({
            "customer": {"name": "Ada", "email": "ada@example.com"},
            "lines": [
                {"article": "pen", "quantity": 3, "price": 100},
                {"article": "ink", "price": 700},
            ],
            "delivery": {"kind": "courier", "express": true},
        });
        let receipt: Receipt = testing::invoke("place_order", json!({"order": order}))
            .await
            .unwrap();
        let pieces = [("ink".to_owned(), 1), ("pen".to_owned(), 3)];
        let expected = Receipt {
            total: 2_500,
            pieces: pieces.into(),
            status: Status::Accepted,
            sent_to: Some("ada@example.com".to_owned()),
        };
        assert_eq!(receipt, expected);
    }

    #[tokio::test]
    async fn what_is_not_there_is_left_out_of_a_receipt() {
        let order = json!({"customer": {"name": "Ada"}, "lines": [{"article": "pen", "price": 1}]});
        let receipt: Value = testing::invoke("place_order", json!({"order": order}))
            .await
            .unwrap();
        assert_eq!(
            receipt,
            json!({"total": 1, "pieces": {"pen": 1}, "status": "accepted"})
        );
    }

    #[tokio::test]
    async fn a_mistake_deep_inside_is_told_by_its_path() {
        let lines = json!([{"article": "pen", "price": 1}, {"article": "ink", "price": "7"}]);
        let order = json!({"customer": {"name": "Ada"}, "lines": lines});
        let error = testing::invoke::<Receipt>("place_order", json!({"order": order})).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("args.order.lines[1].price"), "{error}");
    }

    #[tokio::test]
    async fn nothing_comes_out_as_null() {
        let none: Value = testing::invoke("extremes", json!({"words": []}))
            .await
            .unwrap();
        let some: Value = testing::invoke("extremes", json!({"words": ["a", "bcd", "ef"]}))
            .await
            .unwrap();
        assert_eq!((none, some), (Value::Null, json!(["a", "bcd"])));
    }
}
