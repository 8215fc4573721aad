//! The announcer against a publisher that does as it is told.

mod outages;
mod schedules;
mod script;
mod told;

use std::time::Duration;

use script::{Connection, Stage};
