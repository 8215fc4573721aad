use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Instrument as _, Level, Span};
use tracing::{debug, error, error_span, info, info_span, trace, warn};

use super::{Format, Options, subscriber, threaded};

const MINUTE: Duration = Duration::from_secs(60);

/// What was written, for the one who looks at it afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn objects(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(object).collect()
    }
}

/// A line as JSON in which no key stands twice.
fn object(line: &str) -> Value {
    let keys: Keys = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let mut sorted = keys.0;
    sorted.sort_unstable();
    assert!(sorted.windows(2).all(|w| w[0] != w[1]), "{line}");
    serde_json::from_str(line).unwrap()
}

struct Keys(Vec<String>);

impl<'de> serde::Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> serde::de::Visitor<'de> for KeysVisitor {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, serde::de::IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

fn options(format: Format) -> Options {
    Options {
        format: Some(format),
        colours: Some(false),
        level: Level::TRACE,
        name: "functions".to_owned(),
        fields: vec![("deployment_id", "blue \"1\"".to_owned())],
        ..Options::default()
    }
}

fn logged_by(options: &Options, work: impl FnOnce()) -> Page {
    let page = Page::default();
    with_default(&subscriber(options, page.clone()), work);
    page
}

fn logged(work: impl FnOnce()) -> Vec<Value> {
    logged_by(&options(Format::Json), work).objects()
}

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
fn of_two_fields_of_one_name_the_inner_one_is_logged() {
    let lines = logged(|| {
        let outer = info_span!("outer", a = "outer", b = "outer", c = "outer", d = "outer");
        let inner = info_span!(parent: &outer, "inner", b = "inner", c = "inner");
        inner.in_scope(|| info!(c = "event", e = "event", "m"));
    });
    let line = &lines[0];
    assert_eq!(line["a"], "outer");
    assert_eq!(line["b"], "inner");
    assert_eq!(line["c"], "event");
    assert_eq!(line["d"], "outer");
    assert_eq!(line["e"], "event");
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
fn what_a_span_is_told_later_counts_and_replaces_what_it_was_told_before() {
    let lines = logged(|| {
        let outer = info_span!("outer", a = 1, late = tracing::field::Empty);
        let inner = info_span!(parent: &outer, "inner");
        inner.in_scope(|| info!("before"));
        outer.record("late", "now");
        outer.record("a", "another and longer");
        outer.record("late", "later");
        inner.in_scope(|| info!("after"));
    });
    assert_eq!(lines[0].get("late"), None);
    assert_eq!(lines[1]["late"], "later");
    assert_eq!(lines[1]["a"], "another and longer");
}

#[test]
fn a_span_is_current_where_it_is_entered_and_nowhere_else() {
    let lines = logged(|| {
        assert!(Span::current().is_none());
        let a = info_span!("a", a = 1);
        let b = info_span!("b", b = 1);
        let in_a = a.enter();
        assert_eq!(Span::current().id(), a.id());
        assert_eq!(Span::current().metadata().unwrap().name(), "a");
        let in_b = b.enter();
        info!("b alone: it was made outside");
        drop(in_a);
        assert_eq!(Span::current().id(), b.id());
        drop(in_b);
        assert!(Span::current().is_none());
        info!("none");
        info!(parent: &a, "told to be in a");
        let _in_b = b.enter();
        info!(parent: None, "told to be in none");
    });
    let has = |index: usize, key: &str| lines[index].get(key).is_some();
    assert!(!has(0, "a") && has(0, "b"));
    assert!(!has(1, "a") && !has(1, "b"));
    assert!(has(2, "a") && !has(2, "b"));
    assert!(!has(3, "a") && !has(3, "b"));
}

#[test]
fn a_span_that_is_entered_twice_is_left_twice() {
    logged(|| {
        let span = info_span!("span");
        let first = span.enter();
        let second = span.enter();
        drop(first);
        assert_eq!(Span::current().id(), span.id());
        drop(second);
        assert!(Span::current().is_none());
    });
}

#[test]
fn a_span_holds_on_to_its_parent() {
    let lines = logged(|| {
        let child = {
            let parent = info_span!("parent", of = "parent");
            parent.in_scope(|| info_span!("child"))
        };
        let other = info_span!("other", of = "other");
        child.in_scope(|| info!("m"));
        drop(other);
    });
    assert_eq!(lines[0]["of"], "parent");
}

#[test]
fn an_id_of_a_closed_span_names_no_other_one() {
    let lines = logged(|| {
        let id = info_span!("first", of = "first").id();
        let second = info_span!("second", of = "second");
        info!(parent: id, "m");
        drop(second);
    });
    assert_eq!(lines[0].get("of"), None);
}

#[tracing::instrument(fields(extra = 1))]
async fn instrumented(argument: u32) {
    tokio::task::yield_now().await;
    info!("inside");
}

#[test]
fn spans_of_tasks_follow_them_from_thread_to_thread() {
    let page = Page::default();
    let dispatch = subscriber(&options(Format::Json), page.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .on_thread_start(|| {})
        .build()
        .unwrap();
    with_default(&dispatch, || {
        let tasks: Vec<_> = (0..200_u32)
            .map(|number| {
                let span = info_span!("task", number);
                let work = async move {
                    for _ in 0..5 {
                        tokio::task::yield_now().await;
                        info!(seen = number, "step");
                    }
                    instrumented(number).await;
                };
                let work = work.instrument(span);
                runtime.spawn(tracing::instrument::WithSubscriber::with_current_subscriber(work))
            })
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    let lines = page.objects();
    assert_eq!(lines.len(), 200 * 6);
    for line in lines {
        match line["message"].as_str() {
            Some("inside") => assert_eq!(line["argument"], line["number"]),
            _ => assert_eq!(line["seen"], line["number"]),
        }
    }
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

#[test]
fn two_subscribers_on_one_thread_do_not_mix_their_spans() {
    let inner = Page::default();
    let outer = logged_by(&options(Format::Json), || {
        let span = info_span!("outer", of = "outer");
        let _inside = span.enter();
        with_default(&subscriber(&options(Format::Json), inner.clone()), || {
            info!("in no span of the inner one");
            info_span!("inner", own = 1).in_scope(|| info!("m"));
        });
        info!("m");
    });
    assert_eq!(inner.objects()[0].get("of"), None);
    assert_eq!(inner.objects()[1]["own"], 1);
    assert_eq!(outer.objects()[0]["of"], "outer");
    assert_eq!(outer.objects()[0].get("own"), None);
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

/// An output that takes a piece only when it is let, and tells when it is asked.
struct Gate {
    asked: SyncSender<()>,
    let_in: Receiver<Result<usize, ErrorKind>>,
    page: Page,
}

/// The other side of a gate.
struct Keeper {
    asked: Receiver<()>,
    let_in: SyncSender<Result<usize, ErrorKind>>,
    page: Page,
}

fn gate() -> (Gate, Keeper) {
    let (asks, asked) = sync_channel(0);
    let (lets, let_in) = sync_channel(1000);
    let page = Page::default();
    let gate = Gate {
        asked: asks,
        let_in,
        page: page.clone(),
    };
    let keeper = Keeper {
        asked,
        let_in: lets,
        page,
    };
    (gate, keeper)
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.asked.send(());
        // Where the keeper is gone, the gate is open.
        let count = self.let_in.recv().unwrap_or(Ok(usize::MAX))?;
        self.page.write(&bytes[..count.min(bytes.len())])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Keeper {
    fn open(self) -> Page {
        self.page
    }

    fn answer(&self, answer: Result<usize, ErrorKind>) {
        self.asked.recv_timeout(MINUTE).unwrap();
        self.let_in.send(answer).unwrap();
    }
}

fn threaded_by(options: &Options) -> (Dispatch, super::Guard, Keeper) {
    let (gate, keeper) = gate();
    let (dispatch, guard) = threaded(options, gate).unwrap();
    (dispatch, guard, keeper)
}

#[test]
fn lines_that_a_slow_output_has_no_room_for_are_counted_where_they_are_missing() {
    for format in [Format::Json, Format::Bunyan, Format::Text] {
        let mut options = options(format);
        options.buffer_bytes = 4096;
        let (dispatch, guard, keeper) = threaded_by(&options);
        with_default(&dispatch, || {
            info!(number = 0, "line");
            keeper.asked.recv_timeout(MINUTE).unwrap();
            // The first line is being written and does not get anywhere.
            for number in 1..=100 {
                info!(number, "line");
            }
            let lost = guard.lost_lines();
            assert!((1..100).contains(&lost), "{lost}");
            assert!(!guard.flush(Duration::ZERO));
            keeper.let_in.send(Ok(usize::MAX)).unwrap();
            let page = keeper.open();
            assert!(guard.flush(MINUTE));
            info!(number = 101, "line");
            assert!(guard.flush(MINUTE));
            assert_eq!(guard.lost_lines(), lost);

            let text = page.text();
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines.len() as u64, 102 - lost + 1, "{text}");
            let [.., notice, last] = lines[..] else {
                panic!("{text}");
            };
            let told = format!("{lost} log lines lost: stdout is slower than the log");
            assert!(notice.contains(&told), "{notice}");
            assert!(last.contains("101"), "{last}");
            if format != Format::Text {
                let (notice, last) = (object(notice), object(last));
                assert_eq!(notice["deployment_id"], last["deployment_id"]);
                assert!(notice["level"] == "WARNING" || notice["level"] == 40);
            }
        });
    }
}

#[test]
fn lines_that_fit_again_come_after_the_notice_of_those_that_did_not() {
    let mut options = options(Format::Json);
    options.buffer_bytes = 1000;
    let (dispatch, guard, keeper) = threaded_by(&options);
    with_default(&dispatch, || {
        info!("first");
        keeper.asked.recv_timeout(MINUTE).unwrap();
        info!(value = "x".repeat(1000), "too long");
        info!("second");
        keeper.let_in.send(Ok(usize::MAX)).unwrap();
        let page = keeper.open();
        assert!(guard.flush(MINUTE));
        let lines = page.objects();
        let messages: Vec<_> = lines.iter().map(|line| &line["message"]).collect();
        let notice = "1 log line lost: stdout is slower than the log";
        assert_eq!(messages, ["first", notice, "second"]);
    });
}

#[test]
fn an_output_that_takes_a_few_bytes_at_a_time_gets_all_of_them() {
    let (dispatch, guard, keeper) = threaded_by(&options(Format::Json));
    with_default(&dispatch, || info!("first"));
    keeper.answer(Err(ErrorKind::Interrupted));
    keeper.answer(Ok(7));
    keeper.answer(Err(ErrorKind::WouldBlock));
    keeper.answer(Ok(1));
    let page = keeper.open();
    assert!(guard.flush(MINUTE));
    assert_eq!(page.objects()[0]["message"], "first");
}

#[test]
fn lines_that_are_refused_are_counted_and_told_once_it_works_again() {
    let (dispatch, guard, keeper) = threaded_by(&options(Format::Json));
    with_default(&dispatch, || {
        info!("torn");
        keeper.answer(Ok(5));
        keeper.answer(Err(ErrorKind::StorageFull));
        info!("refused");
        keeper.answer(Err(ErrorKind::StorageFull));
        let page = keeper.open();
        assert!(guard.flush(MINUTE));
        info!("third");
        assert!(guard.flush(MINUTE));
        assert_eq!(guard.lost_lines(), 2);
        let text = page.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0].len(), 5);
        let notice = object(lines[1]);
        let notice = notice["message"].as_str().unwrap();
        assert!(
            notice.starts_with("2 log lines lost: stdout could not be written: "),
            "{notice}"
        );
        assert_eq!(object(lines[2])["message"], "third");
        assert_eq!(lines.len(), 3);
    });
}

#[test]
fn lines_of_many_threads_keep_the_order_of_each() {
    let page = Page::default();
    let (dispatch, guard) = threaded(&options(Format::Json), page.clone()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dispatch = &dispatch;
            scope.spawn(move || {
                with_default(dispatch, || {
                    for number in 0..2000_u64 {
                        info!(thread, number, "line");
                    }
                });
            });
        }
    });
    assert!(guard.flush(MINUTE));
    assert_eq!(guard.lost_lines(), 0);
    let mut next = [0_u64; 4];
    for line in page.objects() {
        let thread = line["thread"].as_u64().unwrap() as usize;
        assert_eq!(line["number"], next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [2000; 4]);
}

#[test]
fn what_is_logged_after_the_guard_is_gone_is_still_written() {
    let page = Page::default();
    let (dispatch, guard) = threaded(&options(Format::Json), page.clone()).unwrap();
    drop(guard);
    let (watch, watched) = std::sync::mpsc::channel();
    with_default(&dispatch, || info!("late"));
    // The writer's thread drops its output when it has written all and the
    // subscriber is gone.
    drop(dispatch);
    std::thread::spawn(move || {
        while Arc::strong_count(&page.0) > 1 {
            std::thread::yield_now();
        }
        watch.send(page.objects()).unwrap();
    });
    let lines = watched.recv_timeout(MINUTE).unwrap();
    assert_eq!(lines[0]["message"], "late");
}
