use super::{call, describe, find};
use crate::function;
use crate::registry::Registry;

/// Adds two numbers
/// together.
///
///     indented
///
/// The end.
#[function(name = "macros.documented", timeout = "1m 500ms")]
async fn documented(
    /// The first
    ///
    /// of them
    a: i64,
    #[arg(description = "Said otherwise")]
    /// Not this
    b: i64,
    mut c: i64,
) -> i64 {
    c += 1;
    a + b + c
}

/**
 * A block.
 *
 * With stars.
 */
#[function(name = "macros.block")]
async fn block() {}

/// Before
#[doc = include_str!("../../../Cargo.toml")]
/// After
#[function(name = "macros.included")]
async fn included() {}

/// Not this.
#[function(name = "macros.described", description = concat!("Put", " together "))]
async fn described() {}

#[function]
async fn r#async(r#fn: i64) -> i64 {
    r#fn
}

macro_rules! functions {
    ($($name:ident = $shown:literal: $ty:ty = $default:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[function(name = $shown, timeout = "1s")]
            async fn $name(call: $ty, #[arg(default = $default)] value: $ty) -> $ty {
                call + value
            }
        )*
    };
}

functions! {
    in_macro_a = "macros.a": i64 = 40 + 2, "A";
    in_macro_b = "macros.b": f64 = 0.5, "B";
}

macro_rules! whole {
    ($function:item) => {
        $function
    };
}

whole! {
    #[function(name = "macros.whole")]
    async fn whole(a: i64) -> i64 { a }
}

macro_rules! of_context {
    ($ty:ty) => {
        #[function(name = "macros.of_context")]
        async fn of_context(context: $ty) -> String {
            context.execution_id().to_owned()
        }
    };
}

of_context!(&crate::Context);

#[function(name = "macros.absent")]
#[cfg(any())]
async fn absent(_: NoSuchType) {}

#[function(name = "macros.present")]
#[cfg(test)]
async fn present() {}

/// The same names, one line apart.
mod twins {
    use crate::function::{Function, Location};

    pub(super) static FIRST: Function = twin();
    pub(super) static SECOND: Function = Function {
        location: Location {
            line: 2,
            ..FIRST.location
        },
        ..twin()
    };

    const fn twin() -> Function {
        Function {
            location: Location {
                file: "src/twins.rs",
                line: 1,
            },
            ..Function::new(
                "twin",
                &[],
                |_| schemars::Schema::default(),
                |_| Ok(Box::pin(async { Ok(crate::reply::Reply::default()) })),
            )
        }
    }
}

#[test]
fn the_whole_doc_comment_describes() {
    let description = describe("macros.documented");
    assert_eq!(
        description["description"],
        "Adds two numbers\ntogether.\n\n    indented\n\nThe end."
    );
    let arguments = &description["arguments"];
    assert_eq!(arguments[0]["description"], "The first\n\nof them");
    assert_eq!(arguments[1]["description"], "Said otherwise");
    assert_eq!(arguments[2]["description"], "");
    assert_eq!(arguments[2]["name"], "c");
    assert_eq!(
        describe("macros.block")["description"],
        "A block.\n\nWith stars."
    );
}

#[test]
fn an_included_file_is_part_of_a_description() {
    let description = describe("macros.included");
    let text = description["description"].as_str().unwrap();
    assert!(text.starts_with("Before\n[package]"), "{text}");
    assert!(text.ends_with("\nAfter"), "{text}");
}

#[test]
fn a_description_may_be_a_macro() {
    assert_eq!(describe("macros.described")["description"], "Put together");
}

#[test]
fn a_timeout_is_read_in_words_of_time() {
    assert_eq!(describe("macros.documented")["timeout"], 60.5);
}

#[test]
fn raw_identifiers_lose_their_prefix() {
    assert_eq!(call("async", r#"{"fn": 1}"#).unwrap(), "1");
}

#[test]
fn functions_come_out_of_macro_rules() {
    assert_eq!(call("macros.a", r#"{"call": 1}"#).unwrap(), "43");
    assert_eq!(call("macros.b", r#"{"call": 1}"#).unwrap(), "1.5");
    assert_eq!(describe("macros.b")["description"], "B");
    assert_eq!(call("macros.whole", r#"{"a": 1}"#).unwrap(), "1");
    assert_eq!(
        call("macros.of_context", "{}").unwrap(),
        r#""the-execution""#
    );
}

#[test]
fn a_function_inside_of_a_function_is_registered() {
    #[function(name = "macros.inner")]
    async fn inner(a: i64) -> i64 {
        a
    }

    assert_eq!(call("macros.inner", r#"{"a": 1}"#).unwrap(), "1");
    assert_eq!(super::block_on(inner(2)), 2);
}

#[test]
fn a_function_is_there_under_its_condition_only() {
    let registry = Registry::collect().unwrap();
    assert!(registry.get("macros.absent").is_none());
    assert!(registry.get("macros.present").is_some());
}

#[test]
fn a_function_is_callable_as_it_was() {
    assert_eq!(super::block_on(documented(1, 2, 3)), 7);
    assert_eq!(super::block_on(in_macro_a(1, 2)), 3);
}

#[test]
fn a_function_knows_the_line_of_its_name() {
    let location = find("macros.present").location();
    let source = include_str!("macros.rs");
    let line = source.lines().nth(location.line as usize - 1).unwrap();
    assert!(location.file.ends_with("tests/macros.rs"), "{location}");
    assert_eq!(line, "async fn present() {}");
}

#[test]
fn two_functions_of_one_name_are_refused_with_both_places() {
    let error = Registry::new([&twins::SECOND, &twins::FIRST]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the function name 'twin' is taken 2 times: src/twins.rs:1 and src/twins.rs:2. \
         Give each a name of its own with #[function(name = \"…\")]"
    );
}
