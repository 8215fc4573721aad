//! Which spans a line belongs to, and what it takes from them.

use tracing::dispatcher::with_default;
use tracing::{Instrument as _, Span, info, info_span};

use super::{Page, logged, logged_by, options};
use crate::service::logs::{Format, subscriber};

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
fn two_subscribers_on_one_thread_do_not_mix_their_spans() {
    let inner = Page::default();
    let outer = logged_by(&options(Format::Json), || {
        let span = info_span!("outer", of = "outer");
        let _inside = span.enter();
        with_default(&subscriber(&options(Format::Json), inner.clone()), || {
            let span = info_span!("inner", own = 1);
            info!("in no span of the inner one");
            span.in_scope(|| info!("m"));
        });
        info!("m");
    });
    assert_eq!(inner.objects()[0].get("of"), None);
    assert_eq!(inner.objects()[0].get("own"), None);
    assert_eq!(inner.objects()[1]["own"], 1);
    assert_eq!(outer.objects()[0]["of"], "outer");
    assert_eq!(outer.objects()[0].get("own"), None);
}
