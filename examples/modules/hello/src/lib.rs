//! Says hello to the `name` in its input.

use serde::{Deserialize, Serialize};

guest::export!(handle);

#[derive(Deserialize)]
struct Input {
    name: String,
}

#[derive(Serialize)]
struct Output {
    greeting: String,
}

/// Makes a greeting of a name: `{"name": "Ada"}` becomes `{"greeting": "Hello, Ada!"}`.
///
/// # Errors
/// The input is not such an object.
pub fn handle(input: &[u8]) -> Result<Vec<u8>, String> {
    let Input { name } = serde_json::from_slice(input)
        .map_err(|error| format!(r#"The input is no {{"name": "…"}}: {error}"#))?;
    let output = Output {
        greeting: format!("Hello, {name}!"),
    };
    serde_json::to_vec(&output).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::handle;

    #[test]
    fn a_name_is_greeted() {
        let output = handle(r#"{"name": "Zoë"}"#.as_bytes()).unwrap();
        assert_eq!(output, r#"{"greeting":"Hello, Zoë!"}"#.as_bytes());
    }

    #[test]
    fn an_input_without_a_name_is_told_what_is_wrong() {
        let error = handle(br#"{"nome": "Ada"}"#).unwrap_err();
        assert!(error.contains("missing field `name`"), "{error}");
        assert!(handle(b"").is_err());
    }
}
