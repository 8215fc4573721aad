//! Segments that are written into memories and tables before a module runs.
//!
//! One that lies outside traps at each execution. Where it can be seen beforehand, the
//! author had better hear of it at once.

use wasmparser::{ConstExpr, DataKind, ElementItems, ElementKind, Operator, TypeRef};

use crate::engine::refusal::Refusal;

/// What one module has in the beginning: sizes, or nothing where they come from outside.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub(super) memories: Vec<Option<u64>>,
    pub(super) tables: Vec<Option<u64>>,
}

impl Level {
    pub(super) fn import(&mut self, ty: &TypeRef) {
        match ty {
            TypeRef::Memory(_) => self.memories.push(None),
            TypeRef::Table(_) => self.tables.push(None),
            _ => {}
        }
    }

    pub(super) fn check_data(
        &self,
        index: u32,
        kind: &DataKind<'_>,
        length: usize,
    ) -> Result<(), Refusal> {
        let DataKind::Active {
            memory_index,
            offset_expr,
        } = kind
        else {
            return Ok(());
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let size = at(&self.memories, *memory_index);
        check(("data", "memory"), index, offset_expr, length, size)
    }

    pub(super) fn check_element(
        &self,
        index: u32,
        kind: &ElementKind<'_>,
        length: u32,
    ) -> Result<(), Refusal> {
        let ElementKind::Active {
            table_index,
            offset_expr,
        } = kind
        else {
            return Ok(());
        };
        let size = at(&self.tables, table_index.unwrap_or(0));
        check(
            ("element", "table"),
            index,
            offset_expr,
            length.into(),
            size,
        )
    }
}

fn at(sizes: &[Option<u64>], index: u32) -> Option<u64> {
    sizes.get(usize::try_from(index).ok()?).copied().flatten()
}

fn check(
    (what, into): (&'static str, &'static str),
    index: u32,
    offset: &ConstExpr<'_>,
    length: u64,
    size: Option<u64>,
) -> Result<(), Refusal> {
    let (Some(offset), Some(size)) = (constant(offset), size) else {
        return Ok(());
    };
    let end = offset.saturating_add(length);
    if end > size {
        return Err(Refusal::Segment {
            what,
            index,
            end,
            size,
            into,
        });
    }
    Ok(())
}

/// The value of an expression that is one constant.
fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    let mut operators = expression.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (Operator::I32Const { value }, Operator::End) => Some(value.cast_unsigned().into()),
        _ => None,
    }
}

pub(super) fn size(items: &ElementItems<'_>) -> u32 {
    match items {
        ElementItems::Functions(section) => section.count(),
        ElementItems::Expressions(_, section) => section.count(),
    }
}
