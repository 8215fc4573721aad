//! The bodies of functions, operator by operator.

use wasmparser::{FuncToValidate, FunctionBody, Operator, OperatorsReader, ValidatorResources};

use super::{Walk, invalid};
use crate::engine::inspect::counting::{Tally, within};
use crate::engine::refusal::Refusal;

impl Walk<'_> {
    /// What can be counted before a function is looked into.
    pub(super) fn count_body(&self, body: &FunctionBody<'_>) -> Result<(), Refusal> {
        let bounds = self.by.bounds;
        let size = body.range().len();
        within("bytes of a function", size, bounds.function_bytes)?;
        let mut locals = Tally::new("locals of a function", bounds.locals);
        for group in body.get_locals_reader().map_err(invalid)? {
            let (count, _) = group.map_err(invalid)?;
            locals.add(count)?;
        }
        Ok(())
    }

    pub(super) fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), Refusal> {
        let bounds = self.by.bounds;
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).map_err(invalid)?;
        let mut operators = OperatorsReader::new(reader);
        while !operators.eof() {
            let place = operators.original_position();
            let operator = operators.read().map_err(invalid)?;
            if let Operator::BrTable { targets } = &operator {
                within("targets of a `br_table`", targets.len(), bounds.br_table)?;
            }
            validator.op(place, &operator).map_err(invalid)?;
            let nesting = validator.control_stack_height();
            within("blocks in each other", nesting, bounds.nesting)?;
        }
        operators.finish().map_err(invalid)?;
        self.allocations = validator.into_allocations();
        Ok(())
    }
}
