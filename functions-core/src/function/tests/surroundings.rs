use super::{call, call_with, describe, find};
use crate::registry::Registry;
use crate::state::States;
use crate::{Context, State, function};

type Ctx = Context;
type Shared = State<Pool>;

struct Pool(&'static str);

#[function(name = "surroundings.everything")]
#[expect(clippy::too_many_arguments, reason = "one of each kind")]
async fn everything(
    lent: &Context,
    a: i64,
    pool: State<Pool>,
    owned: Context,
    b: i64,
    by_alias: &Ctx,
    owned_by_alias: Ctx,
    shared: Shared,
) -> String {
    assert_eq!(lent.function_name(), owned.function_name());
    assert_eq!(by_alias.deployment_id(), owned_by_alias.deployment_id());
    format!("{} {} {} {}", lent.execution_id(), pool.0, a + b, shared.0)
}

/// Its arguments are named like what surrounds a call.
#[function(name = "surroundings.shadow")]
async fn shadow(context: Context, call: i64, value_0: i64, reply: i64, generator: i64) -> i64 {
    drop(context);
    call + value_0 + reply + generator
}

fn pool() -> States {
    let mut states = States::default();
    states.insert(Pool("pool"));
    states
}

#[test]
fn context_and_state_stand_in_any_place_and_under_any_name() {
    assert_eq!(
        call_with("surroundings.everything", r#"{"b": 2, "a": 1}"#, &pool()).unwrap(),
        r#""the-execution pool 3 pool""#
    );
}

#[test]
fn callers_do_not_see_context_and_state() {
    let description = describe("surroundings.everything");
    let names: Vec<_> = description["arguments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|argument| argument["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
    for name in ["lent", "pool", "owned"] {
        let arguments = format!(r#"{{"a": 1, "b": 2, "{name}": {{}}}}"#);
        assert_eq!(
            call_with("surroundings.everything", &arguments, &pool()).unwrap_err(),
            format!("unknown argument '{name}', expected 'a', 'b'")
        );
    }
}

#[test]
fn a_context_is_made_only_for_a_function_that_takes_one() {
    assert!(find("surroundings.everything").takes_context());
    assert!(find("surroundings.shadow").takes_context());
    assert!(!find("arguments.add").takes_context());
}

#[test]
fn names_of_the_glue_are_free_for_arguments() {
    assert_eq!(
        call(
            "surroundings.shadow",
            r#"{"call": 1, "value_0": 2, "reply": 3, "generator": 4}"#
        )
        .unwrap(),
        "10"
    );
}

#[test]
fn a_state_that_nobody_gave_is_told_with_function_and_place() {
    let functions = [find("surroundings.everything")];
    let registry = Registry::new(functions).unwrap();
    assert!(registry.check_states(&pool()).is_ok());
    let missing = registry.check_states(&States::default()).unwrap_err();
    let missing = missing.to_string();
    assert!(missing.contains("'surroundings.everything' ("), "{missing}");
    assert!(missing.contains("surroundings.rs:"), "{missing}");
    assert!(missing.contains("Pool>"), "{missing}");
}
