//! Tells what stands in a log: how many lines of which level, from when to when, and what
//! is said most often.
//!
//! `line.rs` reads a line, `summary.rs` adds lines up and is what comes out.

mod level;
mod line;
mod summary;

use line::Line;
use summary::Summary;

guest::export!(handle);

/// Makes a summary of a log: lines of text, or of JSON.
///
/// # Errors
/// None: what is no line of a log is counted as such.
pub fn handle(input: &[u8]) -> Result<Vec<u8>, String> {
    let log = String::from_utf8_lossy(input);
    let lines = log.lines().filter(|line| !line.trim().is_empty());
    let summary: Summary = lines.map(Line::read).collect();
    serde_json::to_vec(&summary).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::handle;
    use serde_json::{Value, json};

    fn summary(log: &str) -> Value {
        serde_json::from_slice(&handle(log.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_log_is_summed_up() {
        let log = "\
2026-01-02T03:04:05Z INFO 12 orders in 30 ms
2026-01-02T03:04:08Z ERROR order 17: no such article

2026-01-02T03:04:06Z INFO 3 orders in 9 ms
    at somewhere
";
        let expected = json!({
            "lines": 4,
            "levels": {"info": 2, "error": 1},
            "without_level": 1,
            "error_rate": 0.25,
            "from": "2026-01-02T03:04:05Z",
            "to": "2026-01-02T03:04:08Z",
            "seconds": 3.0,
            "messages": [
                {"count": 2, "message": "# orders in # ms"},
                {"count": 1, "message": "at somewhere"},
                {"count": 1, "message": "order #: no such article"},
            ],
        });
        assert_eq!(summary(log), expected);
    }

    #[test]
    fn lines_of_json_and_of_text_may_be_mixed() {
        let log = concat!(
            r#"{"time": "2026-01-01T12:00:00+02:00", "level": "WARN", "msg": "low"}"#,
            "\n2026-01-01 09:59:59,500 [main] CRITICAL gone\n",
        );
        let summary = summary(log);
        assert_eq!(summary["levels"], json!({"warning": 1, "fatal": 1}));
        assert_eq!(summary["from"], "2026-01-01T09:59:59.5Z");
        assert_eq!(summary["to"], "2026-01-01T10:00:00Z");
        assert_eq!(
            (&summary["seconds"], &summary["error_rate"]),
            (&json!(0.5), &json!(0.5))
        );
    }

    #[test]
    fn an_empty_log_has_nothing_in_it() {
        let summary = summary("");
        assert_eq!(
            (&summary["lines"], &summary["error_rate"]),
            (&json!(0), &json!(0.0))
        );
        assert_eq!(summary["from"], Value::Null);
    }

    #[test]
    fn only_what_is_said_most_often_is_told() {
        let log: String = ('a'..='z').map(|name| format!("{name}\n")).collect();
        assert_eq!(summary(&log)["messages"].as_array().unwrap().len(), 10);
    }

    #[test]
    fn bytes_that_are_no_text_are_a_line() {
        let output = handle(b"\xff\xfe\nINFO fine").unwrap();
        let summary: Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(
            (&summary["lines"], &summary["without_level"]),
            (&json!(2), &json!(1))
        );
    }
}
