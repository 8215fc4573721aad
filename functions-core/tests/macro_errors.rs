//! What the author of a function is told when it cannot be served.
//!
//! Each file in `ui` holds one mistake and is named after it; the `.stderr` beside
//! it is what its author sees, and depends on the pinned compiler.

#[test]
fn every_mistake_is_told_at_its_own_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
