//! Requests that were given up, from the command line.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use super::{Config, HostError, Lock, open_bus, open_events};
use crate::bus::{Bus, BusError, DeadLetter, DeadLetterId, DeadListing, SubmitError};
use crate::config::LetterVerb;

/// Does what is asked for with requests that were given up, and returns what is to be said.
///
/// # Errors
/// The bus cannot be opened, or fails; or there is no such request.
pub async fn dead_letters(config: &Config, verb: LetterVerb) -> Result<String, HostError> {
    let policy = config.guests.policy()?;
    // The embedded bus is in one process at a time.
    let _lock = match config.pulsar.pulsar() {
        Some(_) => None,
        None => Some(Lock::of(&config.storage.data_dir)?),
    };
    let database = open_events(config).await?;
    let bus = open_bus(config, &policy, &database).await?;
    // Nothing is to be carried out here.
    bus.stop();
    let said = say(&bus, verb).await;
    bus.close().await;
    database.close().await;
    said
}

async fn say(bus: &Arc<dyn Bus>, verb: LetterVerb) -> Result<String, HostError> {
    match verb {
        LetterVerb::List { tenant, limit } => {
            let wanted = DeadListing {
                tenant,
                skip: 0,
                limit,
            };
            let listed = bus.dead_letters(&wanted).await?;
            let mut said = String::new();
            for letter in &listed.letters {
                line(&mut said, letter);
            }
            Ok(said)
        }
        LetterVerb::Show { id } => {
            let id = DeadLetterId::from(id.as_str());
            let letter = bus.dead_letter(&id).await?.ok_or_else(|| missing(&id))?;
            Ok(format!("{:#}\n", whole(&letter)))
        }
        LetterVerb::Replay { id } => {
            let id = DeadLetterId::from(id.as_str());
            let again = bus.replay(&id).await?.ok_or_else(|| missing(&id))?;
            Ok(format!("{}\n", again.id))
        }
        LetterVerb::Discard { id } => {
            let id = DeadLetterId::from(id.as_str());
            bus.discard(&id).await?.ok_or_else(|| missing(&id))?;
            Ok(String::new())
        }
    }
}

fn line(said: &mut String, letter: &DeadLetter) {
    let request = &letter.request;
    // Reasons come from strangers, and a line is a line.
    let reason: String = letter.reason.chars().flat_map(char::escape_debug).collect();
    let module = match request.wasm_module_id.as_str() {
        "" => "-",
        module => module,
    };
    // Writing to a text does not fail.
    let _ = writeln!(
        said,
        "{}  {}  {}  {}  {}  {reason}",
        letter.id,
        died_at(letter),
        letter.attempts,
        request.tenant,
        module.escape_debug(),
    );
}

fn whole(letter: &DeadLetter) -> serde_json::Value {
    let request = &letter.request;
    json!({
        "id": letter.id.as_str(),
        "request_id": request.id.as_str(),
        "tenant_id": request.tenant.as_str(),
        "wasm_module_id": request.wasm_module_id,
        "asset_id": request.asset_id,
        "asset_uri": request.asset_uri,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "died_at": died_at(letter),
    })
}

fn died_at(letter: &DeadLetter) -> String {
    let since = Duration::from_millis(letter.died_at.max(0).unsigned_abs());
    let time = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
    humantime::format_rfc3339_millis(time).to_string()
}

fn missing(id: &DeadLetterId) -> HostError {
    HostError::NoLetter(id.to_string())
}

impl From<SubmitError> for HostError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Bus(error) => Self::Bus(error),
            error => Self::Bus(BusError::Failed(error.to_string())),
        }
    }
}
