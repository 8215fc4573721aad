//! Functions that the compiler and clippy have something to say about.

use functions_core::function;

#[function(name = "lints.deprecated")]
#[deprecated = "It is old"]
async fn deprecated(a: i64) -> i64 {
    a
}

#[must_use]
#[function(name = "lints.must_use")]
async fn must_use(a: i64) -> i64 {
    a
}

#[function(name = "lints.instrumented")]
#[tracing::instrument(skip(a))]
async fn instrumented(a: String, b: i64) -> Result<String, std::num::ParseIntError> {
    let number: i64 = a.parse()?;
    Ok((number + b).to_string())
}

#[function(name = "lints.underscored")]
async fn _underscored(_a: i64) -> Option<i64> {
    None
}

#[function(name = "lints.expected")]
#[expect(clippy::too_many_arguments, reason = "They are all needed")]
async fn expected(
    #[expect(unused_variables, reason = "An attribute of the compiler's")] unused: bool,
    #[arg(default = Some(1))] first: Option<u8>,
    second: u8,
    third: u8,
    fourth: u8,
    fifth: u8,
    sixth: u8,
    many: Vec<Option<Result<u8, String>>>,
) -> u8 {
    let many = u8::try_from(many.len()).unwrap_or(u8::MAX);
    first.unwrap_or_default() + second + third + fourth + fifth + sixth + many
}
