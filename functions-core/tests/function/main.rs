//! `#[function]` in all kinds of surroundings, as a crate of its own sees it.
//!
//! The lints of this crate are stricter than anyone's: what they find in code that
//! the macro wrote is a fault of the macro.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    single_use_lifetimes,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::used_underscore_items
)]

mod bare;
pub mod documented;
mod lints;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use functions_core::{Function, Registry, function};
use functions_core_dependency as _;

functions_core_dependency::constant!(seven, "main.seven", u8, 7);

/// In the root.
#[function]
async fn in_the_root(a: i64) -> i64 {
    a
}

fn output_of<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it has nothing to wait for"),
    }
}

#[test]
fn all_functions_of_all_crates_are_registered_in_order() {
    let registry = Registry::collect().expect("all names differ");
    let names: Vec<_> = registry.iter().map(Function::name).collect();
    assert_eq!(
        names,
        [
            "bare.everything",
            "dependency.greet",
            "documented.public",
            "in_the_root",
            "lints.deprecated",
            "lints.expected",
            "lints.instrumented",
            "lints.must_use",
            "lints.underscored",
            "main.seven",
        ]
    );
}

#[test]
fn a_function_is_callable_as_it_was() {
    assert_eq!(output_of(documented::public(1)), 1);
    assert_eq!(output_of(in_the_root(2)), 2);
    assert_eq!(output_of(seven(3)), 3);
}

#[test]
fn a_place_is_that_of_the_crate_it_is_in() {
    let registry = Registry::collect().expect("all names differ");
    let place = |name| registry.get(name).map(Function::location);
    let greet = place("dependency.greet").expect("it is there");
    assert!(greet.file.ends_with("dependency/src/lib.rs"), "{greet}");
    let seven = place("main.seven").expect("it is there");
    assert!(seven.file.ends_with("tests/function/main.rs"), "{seven}");
}
