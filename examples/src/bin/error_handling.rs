//! Functions that fail: what the caller reads, and what only the log tells.
//!
//! The message of an error goes to the caller, after `Function execution failed: `.
//! The causes below it go to the log, as does the backtrace of an `anyhow` error where
//! `RUST_BACKTRACE=1` is set. So put into the message what a caller can do something
//! about, and what is nobody's business into the cause.

use std::num::ParseIntError;

use anyhow::Context as _;
use functions_core::{FunctionServer, function};

/// What can go wrong with a transfer. Each message says what was wrong, what was
/// given, and what would be right.
#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error("amount is {0}; it has to be above 0")]
    NotPositive(i64),
    #[error("account {account} holds {balance}, which is less than {amount}")]
    Insufficient {
        account: String,
        balance: i64,
        amount: i64,
    },
}

/// Takes money from an account, with an error type of its own.
#[function]
async fn withdraw(account: String, amount: i64) -> Result<i64, TransferError> {
    const BALANCE: i64 = 100;
    if amount <= 0 {
        return Err(TransferError::NotPositive(amount));
    }
    if amount > BALANCE {
        return Err(TransferError::Insufficient {
            account,
            balance: BALANCE,
            amount,
        });
    }
    Ok(BALANCE - amount)
}

/// Adds up numbers in a text. The context is for the caller; why `parse` refused the
/// word is a cause, and stays in the log.
#[function]
async fn add_up(text: String) -> anyhow::Result<i64> {
    let mut sum: i64 = 0;
    for word in text.split_whitespace() {
        let number: i64 = word
            .parse()
            .with_context(|| format!("'{word}' is no whole number"))?;
        sum = sum.checked_add(number).context("the sum is too large")?;
    }
    Ok(sum)
}

/// `?` on its own: the caller reads the message of the error as it is.
#[function]
async fn halve(text: String) -> Result<i64, ParseIntError> {
    let number: i64 = text.trim().parse()?;
    Ok(number / 2)
}

/// A text will do where nobody has to tell one error from another.
#[function]
async fn square_root(of: f64) -> Result<f64, String> {
    if of < 0.0 {
        return Err(format!("of is {of}; a square root takes 0 and above"));
    }
    Ok(of.sqrt())
}

/// A panic is caught as well. It is a mistake in the function, and no way to answer.
#[function]
async fn last_word(text: String) -> String {
    #[expect(clippy::expect_used, reason = "this is what the example shows")]
    let word = text.split_whitespace().last().expect("a text has a word");
    word.to_owned()
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}

#[cfg(test)]
mod tests {
    use super::{TransferError, withdraw};
    use functions_core::testing;
    use functions_core::testing::Outcome;
    use serde_json::json;

    #[tokio::test]
    async fn called_directly_a_function_fails_with_its_own_type() {
        let error = withdraw("a".to_owned(), -5).await.unwrap_err();
        assert!(matches!(error, TransferError::NotPositive(-5)));
    }

    #[tokio::test]
    async fn callers_read_the_message() {
        let arguments = json!({"account": "a", "amount": 500});
        let error = testing::invoke::<i64>("withdraw", arguments).await;
        let error = error.unwrap_err();
        assert_eq!(error.outcome(), Some(Outcome::Failed));
        assert_eq!(
            error.to_string(),
            "Function execution failed: account a holds 100, which is less than 500"
        );
    }

    #[tokio::test]
    async fn callers_do_not_read_the_causes() {
        let error = testing::invoke::<i64>("add_up", json!({"text": "1 x"})).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Function execution failed: 'x' is no whole number"
        );
    }

    #[tokio::test]
    async fn the_question_mark_passes_any_error_on() {
        let error = testing::invoke::<i64>("halve", json!({"text": "x"})).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Function execution failed: invalid digit found in string"
        );
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_too() {
        let error = testing::invoke::<String>("last_word", json!({"text": ""})).await;
        assert_eq!(error.unwrap_err().outcome(), Some(Outcome::Panicked));
    }

    #[tokio::test]
    async fn nobody_fails_without_reason() {
        let sum: i64 = testing::invoke("add_up", json!({"text": "1 2"}))
            .await
            .unwrap();
        let root: f64 = testing::invoke("square_root", json!({"of": 9}))
            .await
            .unwrap();
        assert_eq!((sum, root), (3, 3.0));
    }
}
