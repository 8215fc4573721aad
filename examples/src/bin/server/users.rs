//! Structs as results.

use functions_core::function;
use schemars::JsonSchema;
use serde::Serialize;

use crate::slow::now;

#[derive(Debug, Serialize, JsonSchema)]
struct User {
    id: u32,
    name: String,
    email: String,
    created_at: String,
    is_active: bool,
}

/// Makes up a user.
#[function]
async fn generate_user() -> User {
    user(fastrand::u32(1..10_000), fastrand::bool())
}

/// Looks a user up.
#[function]
async fn get_user_data(user_id: u32) -> User {
    user(user_id, true)
}

fn user(id: u32, is_active: bool) -> User {
    User {
        id,
        name: format!("User {id}"),
        email: format!("user{id}@example.com"),
        created_at: now(),
        is_active,
    }
}
