//! One walk through a module, which counts and validates together: each part is counted
//! before it is validated, since a validator can be kept busy as well.

mod counts;
mod found;
mod functions;

use wasmparser::{Error, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator};

use super::Measure;
use super::segments::Level;
use crate::engine::refusal::Refusal;
use crate::engine::settings::FEATURES;
use counts::Counts;
pub(super) use found::{Exported, Found};

struct Walk<'a> {
    by: Measure<'a>,
    counts: Counts,
    found: Found,
    /// The modules and components around the place where the walk is.
    levels: Vec<Level>,
    validator: Validator,
    allocations: FuncValidatorAllocations,
}

pub(super) fn screen(bytes: &[u8], by: Measure<'_>) -> Result<Found, Refusal> {
    let mut walk = Walk {
        by,
        counts: Counts::new(by),
        found: Found::default(),
        levels: Vec::new(),
        validator: Validator::new_with_features(FEATURES),
        allocations: FuncValidatorAllocations::default(),
    };
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        walk.count(&payload)?;
        walk.validate(&payload)?;
    }
    walk.found.functions = walk.counts.functions.found();
    walk.found.memory = walk.counts.memory.found();
    Ok(walk.found)
}

impl Walk<'_> {
    fn validate(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match self.validator.payload(payload).map_err(invalid)? {
            ValidPayload::Func(function, body) => self.function(function, &body),
            ValidPayload::End(types) if self.levels.is_empty() => {
                self.found.name_types(types.as_ref());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the walk is in the file's own module or component, not in one within it.
    fn is_outermost(&self) -> bool {
        self.levels.len() == 1
    }
}

fn invalid(error: Error) -> Refusal {
    Refusal::Invalid {
        what: error.message().to_owned(),
        offset: error.offset(),
    }
}
