//! Bytes of Avro, read or passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bus::pulsar::schema::Shape;

/// How many types may be passed over, and how many more for each byte. A type takes a byte
/// or belongs to one that does, but for a null and what is made of nothing else; a hundred
/// thousand of these are ten for each type that a schema may have.
const STEPS: usize = 100_000;
const STEPS_OF_A_BYTE: usize = 8;

/// What is left of some bytes.
#[derive(Debug)]
pub(super) struct Datum<'a> {
    rest: &'a [u8],
    /// How many types may still be passed over.
    steps: usize,
}

/// Why bytes are not of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Flaw {
    #[error("ends where the request does")]
    Ends,
    #[error("holds a number of more than 64 bits")]
    Number,
    #[error("holds a length of {0} bytes")]
    Length(i64),
    #[error("is branch {0} of a union of {1}")]
    Branch(i64, usize),
    #[error("is no text of UTF-8")]
    Utf8,
    #[error("is null")]
    Null,
    #[error("is of another type")]
    Other,
    #[error("holds too many values for its bytes")]
    Steps,
}

impl<'a> Datum<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let steps = bytes.len().saturating_mul(STEPS_OF_A_BYTE);
        Self {
            rest: bytes,
            steps: steps.saturating_add(STEPS),
        }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// A string, or bytes that are one.
    pub(super) fn text(&mut self, shape: &Shape) -> Result<String, Flaw> {
        match shape {
            Shape::Text | Shape::Bytes => {
                let text = str::from_utf8(self.sized()?).map_err(|_| Flaw::Utf8)?;
                Ok(text.to_owned())
            }
            Shape::Union(branches) => {
                let branch = self.branch(branches)?;
                self.text(branch)
            }
            Shape::Null => Err(Flaw::Null),
            _ => Err(Flaw::Other),
        }
    }

    /// An int or a long.
    pub(super) fn number(&mut self, shape: &Shape) -> Result<i64, Flaw> {
        match shape {
            Shape::Number => self.long(),
            Shape::Union(branches) => {
                let branch = self.branch(branches)?;
                self.number(branch)
            }
            Shape::Null => Err(Flaw::Null),
            _ => Err(Flaw::Other),
        }
    }

    /// Passes over a value. Calls itself as deep as types of a schema lie in each other.
    pub(super) fn skip(&mut self, shape: &Shape) -> Result<(), Flaw> {
        self.steps = self.steps.checked_sub(1).ok_or(Flaw::Steps)?;
        match shape {
            Shape::Null => Ok(()),
            Shape::Boolean => self.take(1).map(drop),
            Shape::Float => self.take(4).map(drop),
            Shape::Double => self.take(8).map(drop),
            Shape::Fixed(size) => self.take(*size).map(drop),
            Shape::Number | Shape::Enum => self.long().map(drop),
            Shape::Bytes | Shape::Text => self.sized().map(drop),
            Shape::Union(branches) => {
                let branch = self.branch(branches)?;
                self.skip(branch)
            }
            Shape::Record(fields) => fields.iter().try_for_each(|field| self.skip(field)),
            Shape::Array(items) => self.blocks(|it| it.skip(items)),
            Shape::Map(values) => self.blocks(|it| {
                it.sized()?;
                it.skip(values)
            }),
        }
    }

    /// Items in blocks: how many, and then they, until there are none. A count below zero
    /// is that of a block whose bytes are counted as well.
    fn blocks(&mut self, skip: impl Fn(&mut Self) -> Result<(), Flaw>) -> Result<(), Flaw> {
        loop {
            match self.long()? {
                0 => return Ok(()),
                ..0 => self.sized().map(drop)?,
                count => (0..count).try_for_each(|_| skip(self))?,
            }
        }
    }

    /// Which branch of a union of two comes.
    pub(super) fn either(&mut self) -> Result<bool, Flaw> {
        match self.long()? {
            0 => Ok(false),
            1 => Ok(true),
            index => Err(Flaw::Branch(index, 2)),
        }
    }

    /// A map of texts.
    pub(super) fn texts(&mut self) -> Result<BTreeMap<String, String>, Flaw> {
        let mut texts = BTreeMap::new();
        loop {
            let count = match self.long()? {
                0 => return Ok(texts),
                count @ ..0 => {
                    // The bytes of the block.
                    self.long()?;
                    count.checked_neg().ok_or(Flaw::Length(count))?
                }
                count => count,
            };
            // Each takes bytes, so they end where those do.
            for _ in 0..count {
                let key = self.text(&Shape::Text)?;
                texts.insert(key, self.text(&Shape::Text)?);
            }
        }
    }

    fn branch<'s>(&mut self, branches: &'s [Arc<Shape>]) -> Result<&'s Shape, Flaw> {
        let index = self.long()?;
        let branch = usize::try_from(index).ok().and_then(|it| branches.get(it));
        branch
            .map(Arc::as_ref)
            .ok_or(Flaw::Branch(index, branches.len()))
    }

    /// Bytes that come behind their number.
    fn sized(&mut self) -> Result<&'a [u8], Flaw> {
        let size = self.long()?;
        self.take(usize::try_from(size).map_err(|_| Flaw::Length(size))?)
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.rest.split_at_checked(size).ok_or(Flaw::Ends)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number in groups of seven bits, the lowest first, with its sign in the lowest bit.
    fn long(&mut self) -> Result<i64, Flaw> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Flaw::Ends)?;
            self.rest = rest;
            let group = u64::from(byte & 0x7f);
            // Of the last group, one bit has a place.
            if shift == 63 && byte > 1 {
                return Err(Flaw::Number);
            }
            bits |= group << shift;
            if byte < 0x80 {
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(Flaw::Number)
    }
}
