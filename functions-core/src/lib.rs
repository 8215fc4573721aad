//! Serve plain async Rust functions over HTTP.

extern crate self as functions_core;

mod arguments;
mod context;
mod error;
#[cfg(feature = "server")]
pub mod executor;
mod function;
mod output;
#[cfg(feature = "server")]
pub mod protocol;
mod registry;
mod schema;
mod state;

#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod service;

pub use arguments::{ArgumentsError, FromCall};
pub use context::{CancellationToken, Context, Headers};
pub use error::FunctionError;
pub use function::{Function, Location, Parameter};
pub use functions_macros::function;
pub use output::FunctionResult;
pub use registry::{DuplicateFunctions, MissingStates, Registry};
pub use schema::{ArgumentDescription, Description};
pub use state::State;

/// What the code that `#[function]` writes refers to. Not for anyone else: it
/// changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::arguments::{
        ArgumentsError, DefaultOf, FromCall, HiddenDefault, ShownDefault, Slots, skip,
    };
    pub use crate::context::Context;
    pub use crate::function::{Call, Function, FunctionFuture, Location, Parameter};
    pub use crate::output::{Returned, ReturnsResult, ReturnsValue};
    pub use inventory;
    pub use schemars::{Schema, SchemaGenerator};
    pub use serde::de::MapAccess;
}

#[cfg(test)]
mod glue_test {
    async fn divide(a: f64, b: f64) -> Result<f64, String> {
        Ok(a / b)
    }
    const _: () = {
        use __f::{HiddenDefault as _, ReturnsResult as _, ReturnsValue as _, ShownDefault as _};
        use ::functions_core::__private as __f;
        fn __default_1() -> f64 {
            1.0
        }
        static __PARAMETERS: [__f::Parameter; 2] = [
            __f::Parameter::of::<f64>("a", ""),
            __f::Parameter::of::<f64>("b", "")
                .with_default(|| (&__f::DefaultOf(__default_1)).json()),
        ];
        struct __Slots {
            _0: ::core::option::Option<f64>,
            _1: ::core::option::Option<f64>,
        }
        impl __f::Slots for __Slots {
            fn read<'de, A: __f::MapAccess<'de>>(
                &mut self,
                index: usize,
                map: &mut A,
            ) -> ::core::result::Result<(), A::Error> {
                match index {
                    0 => self._0 = ::core::option::Option::Some(__f::FromCall::read(map)?),
                    1 => self._1 = ::core::option::Option::Some(__f::FromCall::read(map)?),
                    _ => __f::skip(map)?,
                }
                ::core::result::Result::Ok(())
            }
        }
        fn __invoke(
            call: &mut __f::Call<'_>,
        ) -> ::core::result::Result<__f::FunctionFuture, __f::ArgumentsError> {
            let mut slots = __Slots {
                _0: ::core::option::Option::None,
                _1: ::core::option::Option::None,
            };
            call.read(&mut slots)?;
            let __0 = call.take(0, slots._0, ::core::option::Option::None);
            let __1 = call.take(1, slots._1, ::core::option::Option::Some(__default_1));
            let (::core::option::Option::Some(__0), ::core::option::Option::Some(__1)) = (__0, __1)
            else {
                return ::core::result::Result::Err(call.missing());
            };
            let reply = call.reply();
            ::core::result::Result::Ok(::std::boxed::Box::pin(async move {
                let returned = divide(__0, __1).await;
                (&__f::Returned::<Result<f64, String>>::new())
                    .kind()
                    .write(reply, returned)
            }))
        }
        __f::inventory::submit! {
            __f::Function::new("divide", __f::Location { file: ::core::file!(), line: ::core::line!() },
                |generator| (&__f::Returned::<Result<f64, String>>::new()).kind().schema(generator),
                __invoke).with_parameters(&__PARAMETERS)
        }
    };
    #[test]
    fn reads() {
        let r = crate::Registry::collect().unwrap();
        let f = r.get("divide").unwrap();
        let states = crate::state::States::default();
        for args in [
            r#"{"a":"x"}"#,
            "{}",
            r#"{"a":1,"c":2}"#,
            r#"{"a":1.5}"#,
            r#"{"a": 1, "b": 1e999}"#,
        ] {
            let mut call = crate::function::Call::new(
                f,
                args,
                &states,
                None,
                crate::output::Reply::new(vec![]),
            );
            match (f.invoke)(&mut call) {
                Ok(_) => println!("ok"),
                Err(e) => println!("{e}"),
            }
        }
        println!(
            "{}",
            serde_json::to_string_pretty(&crate::Description::of(f)).unwrap()
        );
    }
}
