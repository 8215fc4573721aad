//! Types of Avro, as far as their bytes are told by them.

use std::sync::Arc;

/// What bytes of a type look like. A type that has a name is there once, however often it
/// is named.
#[derive(Debug)]
pub(in super::super) enum Shape {
    Null,
    Boolean,
    /// An int or a long: the same bytes are the same number.
    Number,
    Float,
    Double,
    Bytes,
    Text,
    /// As many bytes.
    Fixed(usize),
    /// The number of a symbol.
    Enum,
    Union(Vec<Arc<Shape>>),
    Array(Arc<Shape>),
    Map(Arc<Shape>),
    Record(Vec<Arc<Shape>>),
}

impl Shape {
    /// A string can be there. Bytes are read as one, as Avro has it.
    pub(super) fn may_be_text(&self) -> bool {
        match self {
            Self::Text | Self::Bytes => true,
            Self::Union(branches) => branches.iter().any(|it| it.may_be_text()),
            _ => false,
        }
    }

    /// A number can be there.
    pub(super) fn may_be_number(&self) -> bool {
        match self {
            Self::Number => true,
            Self::Union(branches) => branches.iter().any(|it| it.may_be_number()),
            _ => false,
        }
    }
}
