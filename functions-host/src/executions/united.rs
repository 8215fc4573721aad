//! What two hosts know of one execution, put together.

use super::Execution;

/// The execution as it stands, of what this host knows of it and what stands in the history
/// that hosts share: where this host is ahead, what it knows.
pub(super) fn united(here: Option<Execution>, there: Option<Execution>) -> Option<Execution> {
    let mut known = match (here, there) {
        (Some(here), Some(there)) => {
            // As lists are ordered by.
            let asked_for = there.summary.created_at;
            let mut known = if is_ahead(&here, &there) { here } else { there };
            known.summary.created_at = asked_for;
            known
        }
        (here, there) => here.or(there)?,
    };
    // Each host numbers its own.
    known.summary.seq = None;
    Some(known)
}

fn is_ahead(here: &Execution, there: &Execution) -> bool {
    let (own, shared) = (&here.summary, &there.summary);
    match (own.status.is_end(), shared.status.is_end()) {
        (true, true) => {
            // The first end stays. But what was only heard of it says less.
            let results =
                |one: &Execution| one.results.as_ref().map(|results| results.get().to_owned());
            own.duration.is_some()
                && shared.duration.is_none()
                && own.status == shared.status
                && results(here) == results(there)
        }
        (false, false) => own.attempts >= shared.attempts,
        (is_end, _) => is_end,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::value::RawValue;

    use super::united;
    use crate::executions::execution::Identified;
    use crate::executions::{Execution, NewExecution, Status};

    fn execution(status: Status, attempts: u32, created_at: i64) -> Execution {
        let new = NewExecution {
            tenant: "t".parse().unwrap(),
            request_id: "1".to_owned(),
            asset_id: "asset".to_owned(),
            asset_uri: "data:,x".to_owned(),
            wasm_module_id: "module".to_owned(),
            event_timestamp: 7,
            retry_of: None,
        };
        let mut execution = Execution::queued(Identified::from(new), created_at);
        execution.summary.status = status;
        execution.summary.attempts = attempts;
        execution.summary.seq = Some(5);
        execution
    }

    fn success(results: &str, took: Option<Duration>) -> Execution {
        let mut execution = execution(Status::Succeeded, 1, 1);
        execution.results = Some(RawValue::from_string(results.to_owned()).unwrap());
        execution.summary.duration = took;
        execution
    }

    fn told(here: &Execution, there: &Execution) -> (Status, u32, i64, Option<i64>) {
        let known = united(Some(here.clone()), Some(there.clone())).unwrap();
        let summary = known.summary;
        let (status, attempts) = (summary.status, summary.attempts);
        (status, attempts, summary.created_at, summary.seq)
    }

    #[test]
    fn who_is_ahead_is_believed_but_for_the_time_by_which_all_order_it() {
        let queued = execution(Status::Queued, 0, 3);
        let running = execution(Status::Running, 1, 9);
        let ended = execution(Status::Failed, 1, 8);
        assert_eq!(told(&queued, &running), (Status::Running, 1, 9, None));
        assert_eq!(told(&running, &queued), (Status::Running, 1, 3, None));
        for other in [&queued, &running] {
            let at = other.summary.created_at;
            assert_eq!(told(other, &ended), (Status::Failed, 1, 8, None));
            assert_eq!(told(&ended, other), (Status::Failed, 1, at, None));
        }
        let back = execution(Status::Queued, 1, 9);
        assert_eq!(told(&back, &running).0, Status::Queued);
        let alone = united(None, Some(queued.clone())).unwrap();
        assert_eq!(alone.summary.seq, None);
        let alone = united(Some(queued), None).unwrap();
        assert_eq!(alone.summary.seq, None);
        assert!(united(None, None).is_none());
    }

    #[test]
    fn of_two_ends_the_shared_one_stays_and_the_same_one_is_told_whole() {
        let took = Some(Duration::from_millis(3));
        let (heard, whole) = (success("{}", None), success("{}", took));
        let other = success(r#"{"a":"b"}"#, took);
        let told = |here: &Execution, there: &Execution| {
            let known = united(Some(here.clone()), Some(there.clone())).unwrap();
            let results = known.results.unwrap().get().to_owned();
            (results, known.summary.duration)
        };
        assert_eq!(told(&heard, &whole), ("{}".to_owned(), took));
        assert_eq!(told(&whole, &heard), ("{}".to_owned(), took));
        assert_eq!(told(&other, &heard), ("{}".to_owned(), None));
        assert_eq!(told(&other, &whole), ("{}".to_owned(), took));
    }
}
