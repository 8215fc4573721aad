//! What else a function is given, and within which bounds it is kept.

use std::collections::BTreeMap;
use std::fmt;

use super::name::ObjectName;
use super::quantity::Quantity;
use super::variable::{SecretKey, VariableName};

/// How many variables there may be.
const VARIABLES: usize = 200;
/// How many bytes their values may have together.
const VALUES: usize = 128 << 10;
/// The most copies that can be asked for.
const COPIES: u32 = 1000;
/// The most calls at once that can be asked for.
const CALLS: u32 = 1000;
/// The longest time for a call, in seconds: a day.
const LONGEST: u32 = 86_400;

/// What else a function is given, and within which bounds it is kept. What is not said is
/// left to the cluster, but for resources, which have a default.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Variables with their values, which are shown to the cluster alone.
    pub environment: BTreeMap<VariableName, String>,
    /// Variables whose values are in secrets of the same namespace.
    pub secrets: BTreeMap<VariableName, SecretKey>,
    /// CPU and memory of each copy.
    pub resources: Resources,
    /// How many copies there are.
    pub scale: Scale,
    /// How many calls a copy has in hand at once, up to 1000; 0 for any number.
    pub concurrency: Option<u32>,
    /// How long a call may take, in seconds, from 1 to 86,400.
    pub timeout_seconds: Option<u32>,
    /// A secret of the same namespace that images are pulled by.
    pub image_pull_secret: Option<ObjectName>,
}

/// CPU and memory. Where anything is said of one of the two, the defaults say nothing more
/// of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU that is set aside, in cores.
    pub cpu_request: Option<Quantity>,
    /// CPU that is never passed.
    pub cpu_limit: Option<Quantity>,
    /// Memory that is set aside, in bytes.
    pub memory_request: Option<Quantity>,
    /// Memory that ends a copy which passes it.
    pub memory_limit: Option<Quantity>,
}

/// How many copies there are, up to 1000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scale {
    /// At least so many, also while nobody calls.
    pub min: Option<u32>,
    /// At most so many; 0 for any number.
    pub max: Option<u32>,
}

/// What is wrong with [`Options`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", at.join("."))]
pub struct InvalidOptions {
    /// Where.
    pub at: Vec<String>,
    /// What, and what would be right.
    pub what: String,
}

impl Options {
    /// Looks at what each part says beside the others, and whether there is too much of it.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn check(&self) -> Result<(), InvalidOptions> {
        let wrong = |at: &[&str], what: String| {
            let at = at.iter().map(|&part| part.to_owned()).collect();
            Err(InvalidOptions { at, what })
        };
        let many = self.environment.len() + self.secrets.len();
        if many > VARIABLES {
            let what = format!("there are {many} variables; {VARIABLES} are allowed");
            return wrong(&["environment"], what);
        }
        let bytes: usize = self.environment.values().map(String::len).sum();
        if bytes > VALUES {
            let what = format!("its values have {bytes} bytes; {VALUES} are allowed");
            return wrong(&["environment"], what);
        }
        for (name, value) in &self.environment {
            if value.contains('\0') {
                let what = "its value has a NUL character; none is allowed".to_owned();
                return wrong(&["environment", name.as_str()], what);
            }
            if self.secrets.contains_key(name) {
                let what = "it is in the environment too; one of the two is allowed".to_owned();
                return wrong(&["secrets", name.as_str()], what);
            }
        }
        for (at, number, least, most) in [
            (&["scale", "min"][..], self.scale.min, 0, COPIES),
            (&["scale", "max"], self.scale.max, 0, COPIES),
            (&["concurrency"], self.concurrency, 0, CALLS),
            (&["timeout_seconds"], self.timeout_seconds, 1, LONGEST),
        ] {
            if let Some(number) = number.filter(|number| !(least..=most).contains(number)) {
                let what = format!("it is {number}; {least} to {most} are allowed");
                return wrong(at, what);
            }
        }
        match (self.scale.min, self.scale.max) {
            (Some(min), Some(max)) if max > 0 && min > max => {
                let what = format!("it is {min}, and max is {max}; at most as many are allowed");
                wrong(&["scale", "min"], what)
            }
            _ => Ok(()),
        }
    }
}

/// Names of variables, and none of their values.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("environment", &self.environment.keys())
            .field("secrets", &self.secrets)
            .field("resources", &self.resources)
            .field("scale", &self.scale)
            .field("concurrency", &self.concurrency)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("image_pull_secret", &self.image_pull_secret)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Scale};

    fn wrong(options: &Options) -> String {
        options.check().unwrap_err().to_string()
    }

    #[test]
    fn what_is_out_of_bounds_is_told_with_the_bounds() {
        assert!(Options::default().check().is_ok());
        let scale = |min, max| Options {
            scale: Scale { min, max },
            ..Options::default()
        };
        assert_eq!(
            wrong(&scale(Some(3), Some(2))),
            "scale.min: it is 3, and max is 2; at most as many are allowed"
        );
        assert!(scale(Some(3), Some(0)).check().is_ok());
        assert_eq!(
            wrong(&scale(None, Some(1001))),
            "scale.max: it is 1001; 0 to 1000 are allowed"
        );
        let timeout = Options {
            timeout_seconds: Some(0),
            ..Options::default()
        };
        assert_eq!(
            wrong(&timeout),
            "timeout_seconds: it is 0; 1 to 86400 are allowed"
        );
    }

    #[test]
    fn a_variable_has_one_value_and_that_is_not_shown() {
        let mut options = Options::default();
        let name = || "API_KEY".parse().unwrap();
        options.environment.insert(name(), "hidden".to_owned());
        assert!(!format!("{options:?}").contains("hidden"));
        assert!(format!("{options:?}").contains("API_KEY"));
        options.secrets.insert(name(), "keys/api".parse().unwrap());
        assert!(
            wrong(&options).starts_with("secrets.API_KEY"),
            "{options:?}"
        );
    }

    #[test]
    fn an_environment_is_bounded() {
        let mut options = Options::default();
        let name = || "A".parse().unwrap();
        options.environment.insert(name(), "a\0hidden".to_owned());
        assert!(!wrong(&options).contains("hidden"));
        options.environment.insert(name(), "a".repeat(131_073));
        assert!(wrong(&options).contains("131072 are allowed"));
        options.environment = (0..201)
            .map(|number| (format!("A{number}").parse().unwrap(), String::new()))
            .collect();
        assert!(wrong(&options).contains("200 are allowed"));
    }
}
