//! Lines on their way: slow, broken and closed outputs.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing::info;

use super::{Page, object, options};
use crate::service::logs::{Format, Guard, Options, threaded};

const MINUTE: Duration = Duration::from_secs(60);

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

fn threaded_by(options: &Options) -> (Dispatch, Guard, Keeper) {
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
