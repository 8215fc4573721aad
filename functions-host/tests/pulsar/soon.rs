//! Waiting for what is to be so, up to a deadline.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Longer than anything takes that works; what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until something is there.
pub(crate) async fn soon<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looked = async {
        loop {
            if let Some(there) = look().await {
                return there;
            }
            sleep(PAUSE).await;
        }
    };
    let looked = timeout(PATIENCE, looked).await;
    looked.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}
