//! Where guests go on, and that all of them do.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::Guests;
use crate::engine::outcome::ExecuteError;
use crate::engine::pace::Pace;

/// For what never comes where something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

fn pace() -> Pace {
    Pace::new(Duration::from_millis(1), &Arc::default())
}

fn thread_name() -> String {
    thread::current().name().unwrap().to_owned()
}

#[tokio::test]
async fn who_runs_for_long_goes_on_elsewhere() {
    let guests = Guests::new(1).unwrap();
    let pace = pace();
    let guest = guests.start(pace.clone(), async move {
        let began = thread_name();
        pace.clone().make_way().await;
        Ok([began, thread_name()])
    });
    assert_eq!(guest.await.unwrap(), ["guests", "guests-long"]);
}

#[tokio::test]
async fn those_who_come_get_on_where_the_threads_of_those_who_run_for_long_are_taken() {
    let guests = Guests::new(1).unwrap();
    let (tell, told) = mpsc::channel();
    let pace_of_one = pace();
    // Takes the only thread of theirs until the other one is done.
    let stuck = guests.start(pace_of_one.clone(), async move {
        pace_of_one.make_way().await;
        Ok(told.recv_timeout(PATIENCE))
    });
    let coming = guests.start(pace(), async move {
        tell.send(()).unwrap();
        Ok(())
    });
    let (stuck, coming) = tokio::join!(stuck, coming);
    coming.unwrap();
    stuck.unwrap().unwrap();
}

#[tokio::test]
async fn a_panic_ends_its_guest_and_nobody_else() {
    let guests = Guests::new(1).unwrap();
    let panics = guests.start(pace(), async {
        if true {
            panic!("as it should");
        }
        Ok(())
    });
    assert!(matches!(panics.await, Err(ExecuteError::Host(_))));
    assert_eq!(guests.start(pace(), async { Ok(7) }).await.unwrap(), 7);
}

#[tokio::test]
async fn guests_end_with_their_threads() {
    let guests = Guests::new(1).unwrap();
    let pace = pace();
    let (tell, told) = tokio::sync::oneshot::channel();
    let guest = guests.start::<_, ()>(pace.clone(), async move {
        tell.send(()).unwrap();
        loop {
            pace.clone().make_way().await;
        }
    });
    told.await.unwrap();
    drop(guests);
    assert!(matches!(guest.await, Err(ExecuteError::Host(_))));
}

#[tokio::test]
async fn a_guest_that_nobody_waits_for_is_dropped() {
    let guests = Guests::new(1).unwrap();
    let pace = pace();
    let (alive, gone) = tokio::sync::oneshot::channel::<()>();
    let guest = guests.start::<_, ()>(pace.clone(), async move {
        let _alive = alive;
        loop {
            pace.clone().make_way().await;
        }
    });
    drop(guest);
    assert!(gone.await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn none_of_many_is_forgotten_whether_the_threads_sleep_or_are_busy() {
    const CALLERS: u64 = 16;
    const GUESTS: u64 = 500;
    let guests = Arc::new(Guests::new(3).unwrap());
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let guests = Arc::clone(&guests);
            tokio::spawn(async move {
                for number in 0..GUESTS {
                    let pace = pace();
                    let guest = guests.start(pace.clone(), async move {
                        match (caller + number) % 5 {
                            0 => pace.make_way().await,
                            1 => tokio::task::yield_now().await,
                            2 => tokio::time::sleep(Duration::from_micros(number)).await,
                            _ => {}
                        }
                        Ok(number)
                    });
                    assert_eq!(guest.await.unwrap(), number);
                }
            })
        })
        .collect();
    for caller in callers {
        tokio::time::timeout(PATIENCE, caller)
            .await
            .unwrap()
            .unwrap();
    }
}
