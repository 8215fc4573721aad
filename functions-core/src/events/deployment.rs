//! What is told of a deployment: its identifier, and what its functions look like.

use serde::Serialize;

use super::type_name::{given, taken};
use crate::function::Function;
use crate::registry::Registry;

/// A deployment as it is announced.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    id: String,
    functions: Vec<AnnouncedFunction>,
}

/// A function as it is announced.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AnnouncedFunction {
    /// The name it is called by.
    pub name: &'static str,
    /// The first line of what its author says of it; empty where there is none.
    pub description: &'static str,
    /// What it takes, in the order in which it is written.
    pub args: Vec<AnnouncedArgument>,
    /// The type of its result, such as `int`, `List[str]` or the name of a struct.
    pub return_type: String,
}

/// An argument of a function as it is announced.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AnnouncedArgument {
    /// Its key in `args`.
    pub name: &'static str,
    /// Its type, named as results are.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether a call without it is refused.
    pub required: bool,
    /// The first line of what its author says of it.
    pub description: Option<&'static str>,
}

impl Deployment {
    /// The deployment `id` of all functions in `registry`, sorted by name.
    ///
    /// ```standalone_crate
    /// use functions_core::events::Deployment;
    /// use functions_core::{Registry, function};
    ///
    /// /// Adds two numbers together.
    /// #[function]
    /// async fn add_numbers(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # fn main() -> Result<(), functions_core::DuplicateFunctions> {
    /// let deployment = Deployment::new("orders", &Registry::collect()?);
    /// assert_eq!(deployment.functions()[0].return_type, "int");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>, registry: &Registry) -> Self {
        Self {
            id: id.into(),
            functions: registry.iter().map(AnnouncedFunction::of).collect(),
        }
    }

    /// Its identifier: `CRBR_DEPLOYMENT_ID`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its functions, sorted by name.
    #[must_use]
    pub fn functions(&self) -> &[AnnouncedFunction] {
        &self.functions
    }
}

impl AnnouncedFunction {
    fn of(function: &'static Function) -> Self {
        let arguments = function.arguments().map(|parameter| {
            let schema = taken(parameter.schema);
            AnnouncedArgument {
                name: parameter.name,
                type_name: schema,
                required: parameter.is_required(),
                description: Some(first_line(parameter.description))
                    .filter(|line| !line.is_empty()),
            }
        });
        Self {
            name: function.name,
            description: first_line(function.description),
            args: arguments.collect(),
            return_type: given(function.returns),
        }
    }
}

fn first_line(text: &'static str) -> &'static str {
    text.lines().next().unwrap_or_default().trim_end()
}
