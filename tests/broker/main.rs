//! A real broker, and what becomes of those who talk to it. All of it needs RabbitMQ:
//! `cargo xtask test -p functions-tests --test broker -- --ignored` finds one.

mod announced;
mod faults;
mod node;
mod pika;
mod proxy;
mod publisher;
mod server;
