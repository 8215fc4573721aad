//! Reading the `args` of a call straight into a function's parameters.
//!
//! The JSON is walked once, by the parameters' own types. Only when that fails
//! is it looked at again, to tell where in the arguments the fault lies: the
//! typed reader knows the byte it stopped at, and [`path`] turns the byte into
//! the path of the value there.

mod default;
mod path;

pub use default::{DefaultOf, HiddenDefault, ShownDefault};

use std::any::{TypeId, type_name};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::Error as ValueError;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};

use crate::context::Context;
use crate::function::{Call, Parameter, Source, StateKey};
use crate::schema::type_name_of;
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
    note = "a parameter is anything that is `serde::de::DeserializeOwned + schemars::JsonSchema + Send`, `Context`, `&Context` or `State<T>`",
    note = "for a type of your own: `#[derive(serde::Deserialize, schemars::JsonSchema)]`"
)]
pub trait FromCall: Sized + Send + 'static {
    #[doc(hidden)]
    const SOURCE: Source;

    /// Reads the next value of `map`.
    #[doc(hidden)]
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error>;

    /// The value where the caller sent none. `None` means that one is needed.
    #[doc(hidden)]
    fn without(call: &Call<'_>) -> Option<Self>;

    /// Whether a caller may leave it out.
    #[doc(hidden)]
    fn optional() -> bool;

    #[doc(hidden)]
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromCall for T {
    const SOURCE: Source = Source::Caller;

    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value()
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

    fn read<'de, A: MapAccess<'de>>(_: &mut A) -> Result<Self, A::Error> {
        Err(A::Error::custom("the context is not the caller's to give"))
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

    fn read<'de, A: MapAccess<'de>>(_: &mut A) -> Result<Self, A::Error> {
        Err(A::Error::custom("state is not the caller's to give"))
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

/// A value that is not there: only types that can do without one accept it.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
        Err(ValueError::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes
        byte_buf unit unit_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// The parameters of one call while they are being read: an `Option` each.
#[doc(hidden)]
pub trait Slots {
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error>;
}

#[doc(hidden)]
impl Call<'_> {
    /// Reads what the caller sent into `slots`. The last one of a repeated key counts.
    pub fn read<S: Slots>(&self, slots: &mut S) -> Result<(), ArgumentsError> {
        let mut json = serde_json::Deserializer::from_str(self.arguments);
        (&mut json)
            .deserialize_map(ArgumentsVisitor {
                parameters: self.function.parameters,
                slots,
            })
            .map_err(|error| ArgumentsError::invalid(self.arguments, &error))
    }

    /// The value of a parameter: what was read, else the default, else what the
    /// server adds or the type can do without. `None` is remembered as missing.
    pub fn take<T: FromCall>(
        &mut self,
        index: usize,
        slot: Option<T>,
        default: Option<fn() -> T>,
    ) -> Option<T> {
        let value = slot
            .or_else(|| default.map(|default| default()))
            .or_else(|| T::without(self));
        if value.is_none() {
            self.missing.extend(self.function.parameters.get(index));
        }
        value
    }

    /// What [`take`](Self::take) did not find.
    pub fn missing(&self) -> ArgumentsError {
        ArgumentsError::missing(&self.missing)
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

/// Reads a key into the index of the parameter of that name.
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

struct UnknownArgument<'a> {
    name: &'a str,
    known: Vec<&'static str>,
}

impl fmt::Display for UnknownArgument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown argument '{}', expected ", self.name)?;
        match &*self.known {
            [] => f.write_str("none"),
            [only] => write!(f, "only '{only}'"),
            several => write!(f, "'{}'", several.join("', '")),
        }
    }
}

/// Skips a value that no parameter takes. Generated code asks for it where an
/// index is out of range, which [`ArgumentName`] does not let happen.
#[doc(hidden)]
pub fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Why the arguments of a call do not fit the function: which one, and what was
/// expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentsError(String);

/// The longest message that goes into an answer or a log, in bytes. A value in
/// it is the caller's, and can be as long as a body.
const LONGEST_MESSAGE: usize = 1024;

impl ArgumentsError {
    pub(crate) fn invalid(arguments: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let (message, position) = match text.rfind(" at line ") {
            Some(at) if error.line() > 0 => (text.split_at(at).0, true),
            _ => (&*text, false),
        };
        let message = shorten(message);
        if !position || message.starts_with("unknown argument ") {
            return Self(message);
        }
        let offset = path::offset(arguments, error.line(), error.column());
        Self(format!("{}: {message}", path::at(arguments, offset)))
    }

    fn missing(parameters: &[&'static Parameter]) -> Self {
        let names: Vec<_> = parameters
            .iter()
            .map(|parameter| format!("'{}' ({})", parameter.name, type_name_of(parameter)))
            .collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        Self(format!(
            "missing required argument{plural}: {}",
            names.join(", ")
        ))
    }
}

/// Cuts the middle out of a message that is too long: what was expected stands
/// at its end.
fn shorten(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let chars = || message.char_indices().map(|(at, _)| at);
    let head_end = chars()
        .take_while(|at| *at <= LONGEST_MESSAGE * 3 / 4)
        .last();
    let tail_start = chars().find(|at| *at >= message.len() - LONGEST_MESSAGE / 4);
    let head = message.split_at(head_end.unwrap_or(0)).0;
    let tail = message.split_at(tail_start.unwrap_or(message.len())).1;
    format!("{head} … {tail}")
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArgumentsError {}
