//! A PostgreSQL that is treated as nobody may treat somebody else's.

mod away;
mod history;
mod secure;
