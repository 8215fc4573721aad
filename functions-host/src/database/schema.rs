//! The tables, and how an older database gets them.

use rusqlite::Connection;

use super::DatabaseError;

/// All steps there ever were, oldest first: a database has taken as many as its
/// `user_version` says. One that was released is never changed.
const STEPS: [&str; 4] = [
    include_str!("../../migrations/events/1_events.sql"),
    include_str!("../../migrations/events/2_told.sql"),
    include_str!("../../migrations/events/3_staged.sql"),
    include_str!("../../migrations/events/4_copied.sql"),
];

/// Takes the steps that a database has not taken yet, all or none.
pub(super) fn bring_up_to_date(db: &mut Connection) -> Result<(), DatabaseError> {
    let changes = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let taken: usize = changes.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let Some(rest) = STEPS.get(taken..) else {
        let known = STEPS.len();
        return Err(DatabaseError::TooNew { taken, known });
    };
    for step in rest {
        changes.execute_batch(step)?;
    }
    changes.pragma_update(None, "user_version", STEPS.len())?;
    changes.commit()?;
    Ok(())
}
