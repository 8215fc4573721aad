//! The one broker of a run.

use functions_tests::pulsar::Standalone;

use crate::ground::Ground;

/// One that the environment names, or one that is started to be measured.
pub(crate) struct Broker(Option<Standalone>);

impl Broker {
    pub(crate) async fn find() -> Self {
        let named = std::env::var_os("FUNCTIONS_TEST_PULSAR_URL");
        match named.is_some_and(|url| !url.is_empty()) {
            true => Self(None),
            false => Self(Some(Standalone::launch_to_measure().await)),
        }
    }

    /// A tenant of it, for one of those that are compared.
    pub(crate) async fn ground(&self) -> Ground {
        match &self.0 {
            Some(own) => Ground::own(own, &[]).await,
            None => Ground::lent(&[]).await,
        }
    }
}
