//! Functions in a crate of their own, which knows `functions-core` by another name.

use kit::function;

/// A function of a crate that nobody calls.
#[function(name = "dependency.greet")]
async fn greet(#[arg(default = "world".to_owned())] name: String) -> String {
    format!("Hello, {name}!")
}

/// Makes a function of the name and type that it is given.
#[macro_export]
macro_rules! constant {
    ($name:ident, $shown:literal, $ty:ty, $value:expr) => {
        /// Always the same.
        #[::functions_core::function(name = $shown)]
        async fn $name(#[arg(default = $value)] value: $ty) -> $ty {
            value
        }
    };
}
