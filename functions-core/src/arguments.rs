//! Reading the `args` of a call straight into a function's parameters.
//!
//! The JSON is walked once: the [entries] of the object one after the other, each
//! value by its parameter's own type. Only when that fails is it looked at again,
//! to tell where in the arguments the fault lies: the typed reader knows the byte
//! it stopped at, and [`path`] turns the byte into the path of the value there.
//!
//! Who fills a parameter is told by its type alone: [`FromCall`] says it. So an
//! alias is as good as the name it stands for, and the macro that writes the glue
//! need not know a single type.

mod absent;
mod default;
mod entries;
mod error;
mod path;
mod slots;

pub use default::{DefaultOf, HiddenDefault};
pub use entries::{Entries, Fault};
pub use error::ArgumentsError;
pub use slots::{Slot, Slots};

use std::any::{TypeId, type_name};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use self::absent::Absent;
use crate::call::Call;
use crate::context::Context;
use crate::parameter::{Parameter, Source, StateKey};
use crate::state::State;

/// A parameter of a function.
///
/// Implemented for everything that a caller can send (anything that is
/// [`Deserialize`](serde::Deserialize) and [`JsonSchema`], an [`Option`] of which
/// may be left out), and for what the server adds to a call: [`Context`] and
/// [`State`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a function",
    label = "not a parameter of a function",
    note = "a parameter is anything that is `serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static`, or `Context`, `&Context`, or `State<T>` where `T: Send + Sync + 'static`",
    note = "for a type of your own: `#[derive(serde::Deserialize, schemars::JsonSchema)]`"
)]
pub trait FromCall: Sized {
    /// As it is described to callers, with no name as yet.
    #[doc(hidden)]
    const PARAMETER: Parameter = Parameter {
        name: "",
        description: "",
        source: Self::SOURCE,
        optional: Self::optional,
        schema: Self::schema,
        default: None,
    };

    /// Where its value goes, with none as yet.
    #[doc(hidden)]
    const SLOT: Slot<Self> = Slot::of();

    #[doc(hidden)]
    const SOURCE: Source;

    /// Reads the value of the entry that comes next.
    #[doc(hidden)]
    fn read(entries: &mut Entries<'_>) -> Result<Self, Fault>;

    /// The value where the caller sent none. `None` means that one is needed.
    #[doc(hidden)]
    fn without(call: &Call<'_>) -> Option<Self>;

    /// Whether a caller may leave it out.
    #[doc(hidden)]
    fn optional() -> bool;

    #[doc(hidden)]
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromCall for T {
    const SOURCE: Source = Source::Caller;

    fn read(entries: &mut Entries<'_>) -> Result<Self, Fault> {
        entries.value()
    }

    fn without(_: &Call<'_>) -> Option<Self> {
        T::deserialize(Absent).ok()
    }

    fn optional() -> bool {
        T::deserialize(Absent).is_ok()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl FromCall for Context {
    const SOURCE: Source = Source::Context;

    fn read(entries: &mut Entries<'_>) -> Result<Self, Fault> {
        Err(entries.fault("the context is not the caller's to give"))
    }

    fn without(call: &Call<'_>) -> Option<Self> {
        call.context.clone()
    }

    fn optional() -> bool {
        true
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

impl<S: Send + Sync + 'static> FromCall for State<S> {
    const SOURCE: Source = Source::State(StateKey {
        id: TypeId::of::<S>,
        name: type_name::<S>,
    });

    fn read(entries: &mut Entries<'_>) -> Result<Self, Fault> {
        Err(entries.fault("state is not the caller's to give"))
    }

    fn without(call: &Call<'_>) -> Option<Self> {
        call.states.get()
    }

    fn optional() -> bool {
        true
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// A parameter that is lent to the function for as long as it runs.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be a parameter of a function",
    label = "a function cannot borrow this",
    note = "a function owns its arguments, since they live as long as it runs: take `{Self}` without the `&`",
    note = "the only reference that a function takes is `&Context`"
)]
pub trait LentByCall: Sized {
    const PARAMETER: Parameter;
    const SLOT: Slot<Self>;
}

impl LentByCall for Context {
    const PARAMETER: Parameter = <Self as FromCall>::PARAMETER;
    const SLOT: Slot<Self> = <Self as FromCall>::SLOT;
}
