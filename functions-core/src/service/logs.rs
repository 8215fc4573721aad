//! Logs.
/// x
pub fn exc_info(error: &(dyn std::error::Error + 'static), backtrace: Option<&str>) -> String {
    format!("{error} {backtrace:?}")
}
