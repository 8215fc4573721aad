//! The parameters of one call while they are being read.
//!
//! They are a list of pairs, `(Slot<A>, (Slot<B>, ()))`, and not a type that is
//! written for each function: functions that take the same types share the code
//! that reads them, and the glue of a function stays a line for each parameter.

use super::entries::{Entries, Fault};
use super::{ArgumentsError, FromCall};
use crate::call::Call;
use crate::parameter::Parameter;

/// Where the value of one parameter goes, and where it comes from.
#[doc(hidden)]
pub struct Slot<T> {
    value: Option<T>,
    default: Option<fn() -> T>,
    read: fn(&mut Entries<'_>) -> Result<T, Fault>,
    without: fn(&Call<'_>) -> Option<T>,
}

impl<T> Slot<T> {
    pub(super) const fn of() -> Self
    where
        T: FromCall,
    {
        Self {
            value: None,
            default: None,
            read: T::read,
            without: T::without,
        }
    }

    #[must_use]
    pub fn or(mut self, default: fn() -> T) -> Self {
        self.default = Some(default);
        self
    }

    fn take(self, call: &Call<'_>) -> Option<T> {
        match (self.value, self.default) {
            (Some(value), _) => Some(value),
            (None, Some(default)) => Some(default()),
            (None, None) => (self.without)(call),
        }
    }
}

/// All parameters of a call.
#[doc(hidden)]
pub trait Slots {
    /// Their values: `(A, (B, ()))`.
    type Values;

    /// Reads the next value of `entries` into the slot at `index`.
    fn read(&mut self, index: usize, entries: &mut Entries<'_>) -> Result<(), Fault>;

    /// All values, or `None` where one is missing. `index` is that of the first
    /// slot among the function's parameters.
    fn take(self, index: usize, call: &mut Call<'_>) -> Option<Self::Values>;
}

impl Slots for () {
    type Values = ();

    fn read(&mut self, _: usize, entries: &mut Entries<'_>) -> Result<(), Fault> {
        entries.skip()
    }

    fn take(self, _: usize, _: &mut Call<'_>) -> Option<()> {
        Some(())
    }
}

/// There is no bound on `T`: a [`Slot`] is only made where there is a reader for
/// it, and the compiler need not find a type wrong a second time here.
impl<T, R: Slots> Slots for (Slot<T>, R) {
    type Values = (T, R::Values);

    #[inline]
    fn read(&mut self, index: usize, entries: &mut Entries<'_>) -> Result<(), Fault> {
        match index.checked_sub(1) {
            None => {
                self.0.value = Some((self.0.read)(entries)?);
                Ok(())
            }
            Some(index) => self.1.read(index, entries),
        }
    }

    #[inline]
    fn take(self, index: usize, call: &mut Call<'_>) -> Option<Self::Values> {
        let (slot, rest) = self;
        let value = slot.take(call);
        if value.is_none() {
            call.missing.extend(call.parameters.get(index));
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
        self.read_into(&mut |index, entries| slots.read(index, entries))?;
        match slots.take(0, self) {
            Some(values) => Ok(values),
            None => Err(ArgumentsError::missing(&self.missing)),
        }
    }

    fn read_into(
        &self,
        read: &mut dyn FnMut(usize, &mut Entries<'_>) -> Result<(), Fault>,
    ) -> Result<(), ArgumentsError> {
        let invalid = |fault| ArgumentsError::invalid(&fault);
        let parameters = self.parameters;
        let mut entries = Entries::of(self.arguments).map_err(invalid)?;
        while let Some(name) = entries.key().map_err(invalid)? {
            let is_named = |own: &Parameter| own.name == name && own.is_the_callers();
            match parameters.iter().position(is_named) {
                Some(index) => read(index, &mut entries).map_err(invalid)?,
                None => return Err(ArgumentsError::unknown(name, parameters)),
            }
        }
        Ok(())
    }
}
