//! Functions inside of an axum app that has routes, state and logs of its own.
//!
//! ```text
//! curl localhost:8000/hello
//! curl localhost:8000/faas/functions/shout --json '{"text": "hello"}'
//! ```

use axum::Router;
use axum::routing::get;
use functions_core::{FunctionServer, function};
use tokio::net::TcpListener;

/// Says it louder.
#[function]
async fn shout(text: String) -> String {
    tracing::info!(length = text.len(), "Shouting");
    text.to_uppercase()
}

fn app() -> functions_core::Result<Router> {
    let functions = FunctionServer::new().into_router()?;
    Ok(Router::new()
        .route("/hello", get(async || "Hello from the app"))
        .nest("/faas", functions))
}

async fn stop() {
    // Where there is no Ctrl-C to wait for, the app runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The app's own log stays its own: functions and executions log into it.
    tracing_subscriber::fmt().with_ansi(false).init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    tracing::info!("Listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()?)
        .with_graceful_shutdown(stop())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::app;
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn the_app_answers_on_its_own_routes_and_functions_on_theirs() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, app().unwrap()).await });
        let client = reqwest::Client::new();

        let hello = client.get(format!("http://{address}/hello"));
        let hello = hello.send().await.unwrap().text().await.unwrap();
        assert_eq!(hello, "Hello from the app");

        let shout = client.post(format!("http://{address}/faas/functions/shout"));
        let shout = shout.json(&json!({"text": "hello"})).send().await.unwrap();
        let shout: Value = shout.json().await.unwrap();
        assert_eq!(shout["result"], "HELLO");

        serving.abort();
    }
}
