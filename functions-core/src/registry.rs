//! All functions of a program, found by name.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};

use crate::function::Function;
use crate::parameter::Source;
use crate::schema::Description;
use crate::state::States;

/// The functions that a server serves, each under a name of its own.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    by_name: HashMap<&'static str, &'static Function>,
    /// Sorted by name: the linker's order means nothing.
    sorted: Vec<&'static Function>,
}

inventory::collect!(Function);

impl Registry {
    /// All functions that are linked into this program.
    ///
    /// A crate that holds functions but is never named is not linked at all; name
    /// it with `use that_crate as _;`.
    ///
    /// # Errors
    /// Two functions have one name.
    pub fn collect() -> Result<Self, DuplicateFunctions> {
        Self::new(inventory::iter::<Function>())
    }

    /// A registry of these functions.
    ///
    /// # Errors
    /// Two functions have one name.
    pub fn new(
        functions: impl IntoIterator<Item = &'static Function>,
    ) -> Result<Self, DuplicateFunctions> {
        let mut all = BTreeMap::<_, Vec<_>>::new();
        for function in functions {
            all.entry(function.name).or_default().push(function);
        }
        let mut registry = Self::default();
        let mut duplicates = Vec::new();
        for (name, same) in all {
            match *same {
                [only] => {
                    registry.by_name.insert(name, only);
                    registry.sorted.push(only);
                }
                _ => duplicates.push(same),
            }
        }
        if duplicates.is_empty() {
            Ok(registry)
        } else {
            Err(DuplicateFunctions(duplicates))
        }
    }

    /// The function of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.by_name.get(name).copied()
    }

    /// All functions, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Function> + '_ {
        self.sorted.iter().copied()
    }

    /// How many functions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is no function at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Describes all functions, sorted by name: what `GET /functions` answers, and
    /// what `CRBR_FUNCTIONS_DESCRIBE=1` prints.
    ///
    /// ```standalone_crate
    /// use functions_core::{Registry, function};
    ///
    /// /// Adds two numbers together.
    /// #[function]
    /// async fn add_numbers(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # fn main() -> Result<(), functions_core::DuplicateFunctions> {
    /// let described = Registry::collect()?.describe();
    /// assert_eq!(described[0].name, "add_numbers");
    /// assert_eq!(described[0].arguments[1].schema.get("type").unwrap(), "integer");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn describe(&self) -> Vec<Description> {
        self.iter().map(Description::of).collect()
    }

    /// Checks that every state that a function asks for is there.
    pub(crate) fn check_states(&self, states: &States) -> Result<(), MissingStates> {
        let missing: Vec<_> = self
            .iter()
            .flat_map(|function| {
                let parameters = function.parameters.iter();
                parameters.map(move |parameter| (function, parameter))
            })
            .filter_map(|(function, parameter)| match parameter.source {
                Source::State(key) if !states.contains((key.id)()) => {
                    Some((function, (key.name)()))
                }
                _ => None,
            })
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(MissingStates(missing))
        }
    }
}

/// Several functions have one name.
#[derive(Clone, Debug)]
pub struct DuplicateFunctions(Vec<Vec<&'static Function>>);

impl fmt::Display for DuplicateFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, same) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            let name = same.first().map_or("", |function| function.name);
            let mut places: Vec<_> = same
                .iter()
                .map(|function| function.location.to_string())
                .collect();
            places.sort();
            write!(
                f,
                "the function name '{name}' is taken {} times: {}",
                same.len(),
                places.join(" and ")
            )?;
        }
        f.write_str(r#". Give each a name of its own with #[function(name = "…")]"#)
    }
}

impl std::error::Error for DuplicateFunctions {}

/// Functions ask for state that the server was not given.
#[derive(Clone, Debug)]
pub struct MissingStates(Vec<(&'static Function, &'static str)>);

impl fmt::Display for MissingStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut asked = String::new();
        for (index, (function, state)) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(
                asked,
                "{comma}'{}' ({}) takes State<{state}>",
                function.name, function.location
            )?;
        }
        write!(
            f,
            "{asked}, which the server was not given. Give it with FunctionServer::new().state(…)"
        )
    }
}

impl std::error::Error for MissingStates {}
