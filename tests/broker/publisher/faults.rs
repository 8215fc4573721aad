//! Brokers that refuse, block, forget, fall silent and die.

mod closures;
mod permissions;
mod silence;
