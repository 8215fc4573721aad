//! What the author of a function is told when it cannot be served.
//!
//! Each file in `errors` holds one mistake and is named after it; the `.stderr`
//! beside it is what its author sees, and depends on the pinned compiler. The
//! mistakes stand here and not beside functions-core, since what is compiled with
//! them are all dependencies of the tests around them, and these are few.

#[test]
fn every_mistake_is_told_at_its_own_place() {
    trybuild::TestCases::new().compile_fail("tests/errors/*.rs");
}
