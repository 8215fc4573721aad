//! What a server says of itself: where it listens, what it serves, how it ends.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use super::Prepared;
use crate::function::Function;
use crate::schema::type_name_of;
use crate::service::docs;
use crate::service::listener::url_of;
use crate::service::logs::Format;

const TARGET: &str = "functions_core::server";

/// More than so many functions are counted and not listed.
const MOST_LISTED: usize = 40;

/// `format` is how the log looks, where it is this server's own.
pub(super) fn started(prepared: &Prepared, address: SocketAddr, format: Option<Format>) {
    let registry = prepared.executor().registry();
    for warning in &prepared.config.warnings {
        tracing::warn!(target: TARGET, "{warning}");
    }
    if registry.is_empty() {
        tracing::warn!(
            target: TARGET,
            "There are no functions. If they are in another crate, link it with `use that_crate as _;`"
        );
    }
    let url = url_of(address);
    if format == Some(Format::Text) {
        tracing::info!(target: TARGET, "{}", page(prepared, &url));
    } else {
        let names: Vec<_> = registry.iter().map(Function::name).collect();
        tracing::info!(
            target: TARGET,
            address = %address,
            url,
            function_count = names.len(),
            functions = names.join(", "),
            "Serving functions"
        );
    }
}

pub(super) fn staying(delay: Duration) {
    tracing::info!(
        target: TARGET,
        delay_seconds = delay.as_secs_f64(),
        "About to stop: not ready any more, and callers are let in for a while"
    );
}

pub(super) fn draining(running: usize, cap: Duration) {
    tracing::info!(
        target: TARGET,
        running,
        cap_seconds = cap.as_secs_f64(),
        "Stopping: finishing what runs"
    );
}

pub(super) fn cut_off(running: usize) {
    tracing::warn!(
        target: TARGET,
        running,
        "The time to stop is nearly over: what still runs is told to end, or cut off"
    );
}

pub(super) fn stopped() {
    tracing::info!(target: TARGET, "Stopped");
}

fn page(prepared: &Prepared, url: &str) -> String {
    let registry = prepared.executor().registry();
    let plural = if registry.len() == 1 { "" } else { "s" };
    let mut page = format!("Serving {} function{plural} on {url}", registry.len());
    for function in registry.iter().take(MOST_LISTED) {
        let arguments: Vec<_> = function
            .arguments()
            .map(|argument| {
                let optional = if argument.is_required() { "" } else { "?" };
                format!("{}{optional}: {}", argument.name(), type_name_of(argument))
            })
            .collect();
        let summary = function.description().lines().next().unwrap_or_default();
        let dash = if summary.is_empty() { "" } else { "  — " };
        // Writing to a String does not fail.
        let _ = write!(
            page,
            "\n    {}({}){dash}{summary}",
            function.name(),
            arguments.join(", ")
        );
    }
    if let Some(more @ 1..) = registry.len().checked_sub(MOST_LISTED) {
        let _ = write!(page, "\n    … and {more} more");
    }
    if prepared.config.docs {
        let _ = write!(page, "\n  Try them: {url}/{}", docs::ENTRANCE);
    }
    page
}
