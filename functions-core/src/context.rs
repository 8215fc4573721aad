//! What a function may know of its call beside the arguments.

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use tokio_util::sync::CancellationToken;

/// One execution, as the function inside it sees it.
///
/// A function takes it as `&Context` or `Context`, in any place among its
/// parameters; callers do not see it. Clones are cheap and name the same
/// execution.
///
/// ```
/// use functions_core::{Context, function};
///
/// #[function]
/// async fn whoami(context: &Context) -> String {
///     context.execution_id().to_owned()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    execution_id: Box<str>,
    function_name: &'static str,
    deployment_id: Arc<str>,
    deadline: Instant,
    timeout: Duration,
    cancellation: CancellationToken,
    headers: Headers,
}

impl Context {
    pub(crate) fn new(
        execution_id: &str,
        function_name: &'static str,
        deployment_id: Arc<str>,
        deadline: (Instant, Duration),
        cancellation: CancellationToken,
        headers: Headers,
    ) -> Self {
        let (deadline, timeout) = deadline;
        Self(Arc::new(Inner {
            execution_id: execution_id.into(),
            function_name,
            deployment_id,
            deadline,
            timeout,
            cancellation,
            headers,
        }))
    }

    /// The identifier that the caller gave this execution.
    #[must_use]
    pub fn execution_id(&self) -> &str {
        &self.0.execution_id
    }

    /// The name by which the function was called.
    #[must_use]
    pub fn function_name(&self) -> &'static str {
        self.0.function_name
    }

    /// The deployment this server belongs to (`CRBR_DEPLOYMENT_ID`).
    #[must_use]
    pub fn deployment_id(&self) -> &str {
        &self.0.deployment_id
    }

    /// When the execution ends, finished or not.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// How long the execution may take in all.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// How long there is until the deadline; zero once it has passed.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.0.deadline.saturating_duration_since(now())
    }

    /// Fires when the execution's time is over before the function has ended: at its
    /// deadline, or shortly before a server that stops cannot wait any longer.
    ///
    /// At the deadline the function's own future is dropped at that moment, and the
    /// token is for what the function has started elsewhere: spawned tasks, blocking
    /// threads. When the server stops, the function itself may still hear it: what it
    /// returns within the last moments is answered.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.0.cancellation
    }

    /// The headers of the request that brought the call.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.0.headers
    }
}

/// The clock that deadlines go by, which a test may have paused.
#[cfg(feature = "server")]
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(not(feature = "server"))]
fn now() -> Instant {
    Instant::now()
}

/// The headers of a request: names without case, values as text.
///
/// A value that is not UTF-8 is read with replacement characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Box<str>, Box<str>)>);

impl Headers {
    /// The first value of `name`, in whatever case it was sent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// All values of `name`, in the order in which they were sent.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All headers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl<N: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn a_header_is_found_in_whatever_case_it_is_asked_for() {
        let headers: Headers = [("x-tenant", "a"), ("X-Tenant", "b")].into_iter().collect();
        assert_eq!(headers.get("X-TENANT"), Some("a"));
        assert_eq!(headers.get_all("x-tenant").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.get("x-other"), None);
    }
}
