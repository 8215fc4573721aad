//! What an administrator asks a Pulsar to do, by its REST API.
//!
//! What is to be there and is there already is fine: tests share brokers.

mod namespaces;
mod topics;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::{Answer, Client};

pub use namespaces::Compatibility;

/// An administrator of one broker.
#[derive(Clone, Debug)]
pub struct Admin {
    url: String,
    client: Client,
    token: Option<String>,
}

impl Admin {
    /// The administrator of the broker whose REST API is at `url`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            client: Client::http1(),
            token: None,
        }
    }

    /// The same, with a token that says who it is.
    #[must_use]
    pub fn with_token(self, token: String) -> Self {
        Self {
            token: Some(token),
            ..self
        }
    }

    /// Asks whether the broker can publish and consume.
    ///
    /// # Errors
    /// It cannot, or it cannot be reached.
    pub async fn health(&self) -> anyhow::Result<()> {
        let answer = self.ask(Method::GET, "brokers/health", None).await?;
        ensure!(answer.body == "ok", "it is not well: {:?}", answer.body);
        Ok(())
    }

    /// Makes a tenant that may be in all clusters of the broker.
    ///
    /// # Errors
    /// The broker refuses, or cannot be reached. So it is with whatever else is asked for.
    pub async fn create_tenant(&self, tenant: &str) -> anyhow::Result<()> {
        self.create_tenant_of(tenant, &[]).await
    }

    /// The same, with roles that may do everything in it.
    pub async fn create_tenant_of(&self, tenant: &str, roles: &[&str]) -> anyhow::Result<()> {
        let clusters = self.get("clusters").await?;
        let body = json!({"allowedClusters": clusters, "adminRoles": roles});
        self.make(&format!("tenants/{tenant}"), Some(&body)).await
    }

    /// Asks for something by its path behind `/admin/v2/`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.ask(Method::GET, path, None).await?;
        serde_json::from_slice(&answer.body).with_context(|| format!("{path}: {:?}", answer.body))
    }

    async fn names(&self, path: &str) -> anyhow::Result<Vec<String>> {
        Ok(serde_json::from_value(self.get(path).await?)?)
    }

    async fn make(&self, path: &str, body: Option<&Value>) -> anyhow::Result<()> {
        let answer = self.send(Method::PUT, path, body).await?;
        match answer.status {
            StatusCode::CONFLICT => Ok(()),
            _ => checked(Method::PUT, path, answer).map(drop),
        }
    }

    async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.done(Method::DELETE, path, None).await
    }

    async fn done(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<()> {
        self.ask(method, path, body).await.map(drop)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let answer = self.send(method.clone(), path, body).await?;
        checked(method, path, answer)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/admin/v2/{path}", self.url))
            .header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.client.send(request.body(Full::new(body))?).await
    }
}

fn checked(method: Method, path: &str, answer: Answer) -> anyhow::Result<Answer> {
    let reason = String::from_utf8_lossy(&answer.body);
    let status = answer.status;
    ensure!(status.is_success(), "{method} {path}: {status}: {reason}");
    Ok(answer)
}
