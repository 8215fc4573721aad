//! The servers that other tests lean on, for what they promise: `cargo xtask test -p
//! functions-tests --test servers -- --ignored` finds them.

mod desks;
mod kubernetes;
mod postgres;
mod pulsar;
mod scaling;
