//! What the engine costs, as samples for `cargo xtask bench engine` and `modules`, which
//! makes figures of them.
//!
//! The engine and what it is compared with live in this one process and take turns, so
//! that whatever else the machine does hits all alike.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

mod bare;
mod cold;
mod executions;
mod guest;

use functions_host::engine::compiler_process;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|verb| verb.to_str()) {
        Some("compile") => {
            let _ = compiler_process(arguments);
        }
        Some("cold") => println!("{}", run(cold::measure())),
        // Cargo hands over an argument of its own.
        _ => println!("{}", run(executions::measure())),
    }
}

fn run<T>(measure: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure)
}
