//! What lines look like, whatever is in them.

use std::error::Error;
use std::{fmt, io};

use serde_json::{Value, json};
use tracing::{Level, Span, debug, error, error_span, info, info_span, trace, warn};

use super::{logged, logged_by, options};
use crate::service::logs::Format;

/// The line without its time, which is checked to be one.
fn without_time(line: &str, before: &str, after: &str) -> String {
    let start = line.find(before).unwrap() + before.len();
    let end = start + line[start..].find(after).unwrap();
    let time = &line[start..end];
    assert!(humantime::parse_rfc3339(time).is_ok(), "{time}");
    format!("{}TIME{}", &line[..start], &line[end..])
}

fn execution() -> Span {
    error_span!(target: "functions_core::execution", "execution", execution_id = "e-1", function_name = "add")
}

#[test]
fn a_line_of_json_holds_what_the_contract_names_in_this_order() {
    let page = logged_by(&options(Format::Json), || {
        execution().in_scope(|| {
            info!(target: "functions_core::execution", status = "success", duration_ms = 1.5, "Function executed");
        });
    });
    let line = page.text();
    assert_eq!(line.find("Z\",\"level\""), Some(14 + 26), "{line}");
    assert_eq!(
        without_time(&line, "\"timestamp\":\"", "\""),
        concat!(
            r#"{"timestamp":"TIME","level":"INFO","message":"Function executed","#,
            r#""target":"functions_core::execution","deployment_id":"blue \"1\"","#,
            r#""execution_id":"e-1","function_name":"add","#,
            r#""status":"success","duration_ms":1.5}"#,
            "\n"
        )
    );
}

#[test]
fn levels_are_called_as_in_python() {
    let lines = logged(|| {
        trace!("a");
        debug!("b");
        info!("c");
        warn!("d");
        error!("e");
    });
    let levels: Vec<_> = lines.iter().map(|line| &line["level"]).collect();
    assert_eq!(levels, ["DEBUG", "DEBUG", "INFO", "WARNING", "ERROR"]);
}

#[test]
fn what_is_below_the_level_is_not_logged_and_not_even_worked_out() {
    let mut options = options(Format::Json);
    options.level = Level::WARN;
    let page = logged_by(&options, || {
        info!(value = ?unreachable_value(), "no");
        info!(target: "hyper::proto", "yes");
        debug!(target: "hyper::proto", "no");
        warn!("yes");
    });
    let messages = page.objects();
    assert!(messages.iter().all(|line| line["message"] == "yes"));
    assert_eq!(messages.len(), 2);
}

fn unreachable_value() -> u8 {
    panic!("worked out");
}

#[test]
fn every_kind_of_value_comes_out_as_valid_json() {
    let hostile = "quote \" backslash \\ newline \n tab \t nul \0 escape \u{1b} del \u{7f} ü €";
    let lines = logged(|| {
        info!(
            text = hostile,
            display = %hostile,
            debug = ?hostile,
            empty = "",
            nan = f64::NAN,
            infinite = f64::NEG_INFINITY,
            float = 0.1,
            whole = 3.0,
            tiny = 5e-324,
            int = -1,
            uint = u64::MAX,
            big = i128::MIN,
            bigger = u128::MAX,
            yes = true,
            none = None::<u8>,
            some = Some(7_u8),
            bytes = &b"\xff\x00"[..],
            "key with \" quote" = 1,
            dotted.name = 2,
            r#type = "raw",
            "{hostile}"
        );
    });
    let line = &lines[0];
    assert_eq!(line["message"], hostile);
    assert_eq!(line["text"], hostile);
    assert_eq!(line["display"], hostile);
    assert_eq!(line["debug"], format!("{hostile:?}"));
    assert_eq!(line["empty"], "");
    assert_eq!(
        (&line["nan"], &line["infinite"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(line["float"], 0.1);
    assert_eq!(line["whole"].to_string(), "3.0");
    assert_eq!(line["tiny"], 5e-324);
    assert_eq!(line["int"], -1);
    assert_eq!(line["uint"], u64::MAX);
    assert_eq!(line["yes"], true);
    assert_eq!(line["some"], 7);
    assert_eq!(line.get("none"), None);
    assert!(line["bytes"].as_str().unwrap().contains("ff"));
    assert_eq!(line["key with \" quote"], 1);
    assert_eq!(line["dotted.name"], 2);
    assert_eq!(line["type"], "raw");
}

#[test]
fn numbers_of_128_bits_keep_all_their_digits() {
    let page = logged_by(&options(Format::Json), || {
        info!(big = i128::MIN, bigger = u128::MAX);
    });
    assert!(
        page.text()
            .contains(r#""big":-170141183460469231731687303715884105728,"#)
    );
    assert!(
        page.text()
            .contains(r#""bigger":340282366920938463463374607431768211455}"#)
    );
}

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot \"save\"")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_error_is_logged_with_its_causes() {
    let outer = Outer(io::Error::other("disk full"));
    let lines = logged(|| error!(error = &outer as &dyn Error, "failed"));
    assert_eq!(lines[0]["error"], "cannot \"save\"\ncaused by: disk full");
}

#[test]
fn a_message_may_stand_anywhere_be_anything_or_be_missing() {
    let lines = logged(|| {
        info!(a = 1);
        info!(a = 1, message = "text");
        info!(message = 5);
        info!(message = ?Some("x"));
    });
    let messages: Vec<_> = lines.iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, ["", "text", "5", "Some(\"x\")"]);
}

#[test]
fn a_field_with_a_name_of_the_service_gets_an_underscore() {
    let lines = logged(|| {
        let span = info_span!(
            "span",
            message = "of a span",
            deployment_id = "mine",
            level = 1
        );
        span.in_scope(|| {
            info!(timestamp = 1, level = 2, target = 3, deployment_id = 4, "m");
            info!(level_ = "plain", "m");
        });
    });
    let line = &lines[0];
    assert_eq!(
        (&line["message"], &line["level"]),
        (&json!("m"), &json!("INFO"))
    );
    assert_eq!(line["deployment_id"], "blue \"1\"");
    assert_eq!(line["message_"], "of a span");
    assert_eq!(line["timestamp_"], 1);
    assert_eq!(line["level_"], 2);
    assert_eq!(line["target_"], 3);
    assert_eq!(line["deployment_id_"], 4);
    assert_eq!(lines[1]["level_"], "plain");
}

#[test]
fn text_is_one_line_and_what_has_lines_of_its_own_is_below() {
    let page = logged_by(&options(Format::Text), || {
        execution().in_scope(|| {
            error!(
                status = "error",
                exc_info = "cannot save\ncaused by: disk full",
                note = "two words",
                duration_ms = 1.5,
                "Function\nfailed \u{1b}[31m"
            );
        });
    });
    let text = page.text();
    let target = module_path!();
    assert_eq!(
        format!("TIME{}", text.split_once('Z').unwrap().1),
        format!(
            "TIME   ERROR {target}: Function\n    failed \\u{{1b}}[31m status=error \
             note=\"two words\" duration_ms=1.5 execution_id=e-1 function_name=add\n    \
             exc_info:\n        cannot save\n        caused by: disk full\n"
        )
    );
}

#[test]
fn text_has_colours_only_where_they_are_wanted() {
    let mut options = options(Format::Text);
    let page = logged_by(&options, || warn!(a = 1, "m"));
    assert!(!page.text().contains('\u{1b}'));
    options.colours = Some(true);
    let page = logged_by(&options, || warn!(a = 1, "m"));
    assert!(page.text().contains("\u{1b}[33m WARNING\u{1b}[0m"));
}

#[test]
fn a_line_of_bunyan_is_an_event_with_each_key_once() {
    let page = logged_by(&options(Format::Bunyan), || {
        let outer = info_span!("outer", a = "outer", b = "outer");
        let inner = info_span!(parent: &outer, "inner", b = "inner", c = "inner");
        inner.in_scope(|| warn!(c = "event", deployment_id = "mine", "m \"quoted\""));
        trace!(target: "h2", "not logged: it is the HTTP layer's");
    });
    let lines = page.objects();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!((&line["v"], &line["level"]), (&json!(0), &json!(40)));
    assert_eq!(line["name"], "functions");
    assert_eq!(line["msg"], "[INNER - EVENT] m \"quoted\"");
    assert_eq!(line["deployment_id"], "blue \"1\"");
    assert_eq!(line["a"], "outer");
    assert_eq!(line["b"], "inner");
    assert_eq!(line["c"], "event");
    assert!(humantime::parse_rfc3339(line["time"].as_str().unwrap()).is_ok());
}

#[test]
fn a_value_that_panics_or_fails_leaves_the_log_in_order() {
    struct Bad(bool);
    impl fmt::Debug for Bad {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half \"")?;
            assert!(self.0, "no");
            Err(fmt::Error)
        }
    }
    let lines = logged(|| {
        let panicked = std::panic::catch_unwind(|| info!(bad = ?Bad(false), "m"));
        assert!(panicked.is_err());
        info!(bad = ?Bad(true), "m");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["bad"], "half \"");
}
