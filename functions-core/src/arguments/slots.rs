//! The parameters of one call while they are being read.
//!
//! They are a list of pairs, `(Slot<A>, (Slot<B>, ()))`, and not a type that is
//! written for each function: functions that take the same types share the code
//! that reads them, and the glue of a function stays a line for each parameter.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::error::UnknownArgument;
use super::{ArgumentsError, FromCall};
use crate::function::{Call, Parameter, Source};

/// Where the value of one parameter goes.
#[doc(hidden)]
pub struct Slot<T> {
    value: Option<T>,
    default: Option<fn() -> T>,
}

impl<T> Slot<T> {
    pub(super) const EMPTY: Self = Self {
        value: None,
        default: None,
    };

    #[must_use]
    pub fn or(mut self, default: fn() -> T) -> Self {
        self.default = Some(default);
        self
    }
}

/// All parameters of a call.
#[doc(hidden)]
pub trait Slots {
    /// Their values: `(A, (B, ()))`.
    type Values;

    /// Reads the next value of `map` into the slot at `index`.
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error>;

    /// All values, or `None` where one is missing. `index` is that of the first
    /// slot among the function's parameters.
    fn take(self, index: usize, call: &mut Call<'_>) -> Option<Self::Values>;
}

impl Slots for () {
    type Values = ();

    fn read<'de, A: MapAccess<'de>>(&mut self, _: usize, map: &mut A) -> Result<(), A::Error> {
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn take(self, _: usize, _: &mut Call<'_>) -> Option<()> {
        Some(())
    }
}

impl<T: FromCall, R: Slots> Slots for (Slot<T>, R) {
    type Values = (T, R::Values);

    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error> {
        match index.checked_sub(1) {
            None => {
                self.0.value = Some(T::read(map)?);
                Ok(())
            }
            Some(index) => self.1.read(index, map),
        }
    }

    #[inline]
    fn take(self, index: usize, call: &mut Call<'_>) -> Option<Self::Values> {
        let (Slot { value, default }, rest) = self;
        let value = value
            .or_else(|| default.map(|default| default()))
            .or_else(|| T::without(call));
        if value.is_none() {
            call.missing.extend(call.function.parameters.get(index));
        }
        // The rest is asked in any case: all that is missing is told at once.
        let rest = rest.take(index + 1, call)?;
        Some((value?, rest))
    }
}

#[doc(hidden)]
impl Call<'_> {
    /// The values of the function's parameters: what the caller sent, else the
    /// default, else what the server adds or the type can do without. The last
    /// one of a repeated key counts.
    pub fn arguments<S: Slots>(&mut self, mut slots: S) -> Result<S::Values, ArgumentsError> {
        let mut json = serde_json::Deserializer::from_str(self.arguments);
        let read = (&mut json).deserialize_map(ArgumentsVisitor {
            parameters: self.function.parameters,
            slots: &mut slots,
        });
        if let Err(error) = read {
            return Err(ArgumentsError::invalid(self.arguments, &error));
        }
        match slots.take(0, self) {
            Some(values) => Ok(values),
            None => Err(ArgumentsError::missing(&self.missing)),
        }
    }
}

struct ArgumentsVisitor<'s, S> {
    parameters: &'static [Parameter],
    slots: &'s mut S,
}

impl<'de, S: Slots> Visitor<'de> for ArgumentsVisitor<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of arguments")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(index) = map.next_key_seed(ArgumentName(self.parameters))? {
            self.slots.read(index, &mut map)?;
        }
        Ok(())
    }
}

/// Reads a key as the place of the parameter it names.
struct ArgumentName(&'static [Parameter]);

impl<'de> DeserializeSeed<'de> for ArgumentName {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ArgumentName {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an argument")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        let is_named = |parameter: &&Parameter| matches!(parameter.source, Source::Caller);
        self.0
            .iter()
            .position(|parameter| parameter.name == name && is_named(&parameter))
            .ok_or_else(|| {
                let known: Vec<_> = self.0.iter().filter(is_named).map(|p| p.name).collect();
                E::custom(UnknownArgument { name, known })
            })
    }
}
