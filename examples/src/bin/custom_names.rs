//! What callers see of a function, where it is not what stands in the source: names,
//! descriptions, defaults, the deadline.

use functions_core::{FunctionServer, function};

/// This is for those who read the source; callers are shown the description below.
#[function(
    name = "shop.quote",
    description = "Says what an order costs, in cents",
    timeout = "2s"
)]
async fn quote(
    /// How many pieces are wanted
    #[arg(name = "numberOfPieces")]
    pieces: u64,
    /// What a piece costs, in cents
    #[arg(name = "unitPrice", default = 250)]
    unit_price: u64,
    #[arg(description = "In percent, from 0 to 100", default)] discount: u8,
    /// A word that somebody was given by the shop
    voucher: Option<String>,
) -> Result<u64, String> {
    let discount = match voucher.as_deref() {
        Some("FRIEND") => discount.max(10),
        _ => discount,
    };
    let share = 100_u64
        .checked_sub(discount.into())
        .ok_or_else(|| format!("discount is {discount}; it is a percentage from 0 to 100"))?;
    let price = pieces
        .checked_mul(unit_price)
        .and_then(|price| price.checked_mul(share));
    Ok(price.ok_or("nobody can pay that")? / 100)
}

/// A keyword of Rust is a fine name: callers write `match`.
#[function]
async fn r#match(text: String, r#type: String) -> bool {
    text.ends_with(&format!(".{}", r#type))
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}

#[cfg(test)]
mod tests {
    use functions_core::testing;
    use serde_json::json;

    async fn quote(arguments: serde_json::Value) -> Result<u64, testing::CallError> {
        testing::invoke("shop.quote", arguments).await
    }

    #[tokio::test]
    async fn what_is_left_out_has_its_default() {
        assert_eq!(quote(json!({"numberOfPieces": 4})).await.unwrap(), 1_000);
        let all = json!({
            "numberOfPieces": 4, "unitPrice": 100, "discount": 5, "voucher": "FRIEND"
        });
        assert_eq!(quote(all).await.unwrap(), 360);
    }

    #[tokio::test]
    async fn an_option_may_be_null_and_a_default_may_not() {
        let null_voucher = json!({"numberOfPieces": 1, "voucher": null});
        assert_eq!(quote(null_voucher).await.unwrap(), 250);
        let null_discount = json!({"numberOfPieces": 1, "discount": null});
        let error = quote(null_discount).await.unwrap_err();
        assert!(error.to_string().contains("args.discount"), "{error}");
    }

    #[tokio::test]
    async fn the_names_of_the_source_are_not_those_of_callers() {
        let error = quote(json!({"pieces": 4})).await.unwrap_err();
        assert!(error.to_string().contains("'pieces'"), "{error}");
    }

    #[tokio::test]
    async fn a_keyword_is_called_without_its_prefix() {
        let arguments = json!({"text": "a.rs", "type": "rs"});
        assert!(testing::invoke::<bool>("match", arguments).await.unwrap());
    }
}
