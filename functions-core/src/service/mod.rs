//! What any service needs, whatever it serves.
pub mod logs;
