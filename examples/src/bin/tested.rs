//! How functions are tested, from the nearest to the widest: called like any other
//! function, called by name in this process, with state and headers, over HTTP.
//!
//! The server is nothing special. The tests at its end are what this is about.

use functions_core::{Context, FunctionServer, State, function};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shop's settings, given to the server at its start.
#[derive(Debug)]
struct Shop {
    currency: &'static str,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Price {
    amount: u64,
    currency: String,
    for_tenant: Option<String>,
}

/// Doubles a number.
#[function]
async fn double(number: i64, #[arg(default = 1)] times: u32) -> Result<i64, &'static str> {
    let factor = 2_i64.checked_pow(times).ok_or("too often")?;
    number.checked_mul(factor).ok_or("too large")
}

/// What a number of pieces costs.
#[function]
async fn price(shop: State<Shop>, context: &Context, pieces: u64) -> Price {
    Price {
        amount: pieces.saturating_mul(3),
        currency: shop.currency.to_owned(),
        for_tenant: context.headers().get("x-tenant").map(str::to_owned),
    }
}

fn server() -> FunctionServer {
    FunctionServer::new().state(Shop { currency: "EUR" })
}

fn main() -> functions_core::Result<()> {
    server().start()
}

#[cfg(test)]
mod tests {
    use super::{Price, double, server};
    use functions_core::testing::Outcome;
    use functions_core::testing::{InProcess, TestServer};
    use serde_json::{Value, json};

    /// What a function computes: call it. It is still a plain function.
    #[tokio::test]
    async fn a_number_is_doubled_as_often_as_asked() {
        assert_eq!(double(21, 1).await, Ok(42));
        assert_eq!(double(1, 10).await, Ok(1024));
        assert_eq!(double(1, 63).await, Err("too often"));
    }

    /// What callers get: names, defaults and errors, as JSON. Where no function of
    /// the program takes a state, `testing::invoke` does it without an `InProcess`.
    #[tokio::test]
    async fn callers_may_leave_the_times_out() {
        let functions = InProcess::new(server()).unwrap();
        let doubled: i64 = functions
            .invoke("double", json!({"number": 21}))
            .await
            .unwrap();
        assert_eq!(doubled, 42);
        let error = functions
            .invoke::<i64>("double", json!({"number": "21"}))
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Some(Outcome::InvalidArguments));
    }

    /// State comes with the server, headers with the call.
    #[tokio::test]
    async fn a_price_is_in_the_currency_of_the_shop_and_for_the_tenant_who_asks() {
        let functions = InProcess::new(server())
            .unwrap()
            .with_header("X-Tenant", "acme");
        let price: Price = functions
            .invoke("price", json!({"pieces": 2}))
            .await
            .unwrap();
        let expected = Price {
            amount: 6,
            currency: "EUR".to_owned(),
            for_tenant: Some("acme".to_owned()),
        };
        assert_eq!(price, expected);
    }

    /// The whole way, with the HTTP client of your choice.
    #[tokio::test]
    async fn a_call_over_http_is_answered() {
        let server = TestServer::start(server()).await.unwrap();
        let call = json!({
            "executionId": "1",
            "functionName": "price",
            "args": {"pieces": 2},
        });
        let answer = reqwest::Client::new()
            .post(server.url("/exec"))
            .json(&call)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["success"], true);
        assert_eq!(answer["result"]["amount"], 6);
        server.stop().await.unwrap();
    }
}
