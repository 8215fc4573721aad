//! Functions on a cluster: deployed, listed, looked at, deleted. Those that have a name and
//! those that are servers differ in little more than what they are called.

mod answers;
mod options;
mod request;
mod sought;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::App;
use super::modules::TOTAL;
use super::problem::Problem;
use super::query::{self, Pairs, is_asked, part};
use crate::knative::{Deployment, Kind, Place};
use answers::{Answer, Gone};
use sought::{Named, Sought};

/// How many an answer can hold.
const MOST: u64 = 1000;

const FUNCTION: &str = "Function deployment initiated.";
const WASM_FUNCTION: &str = "WASM function deployment initiated.";
const SERVER: &str = "Function server deployment initiated.";

type Answered = Result<Response, Problem>;

pub(super) async fn deploy_code(app: State<Arc<App>>, query: Pairs, request: Request) -> Answered {
    deploy(app, query, request, Kind::Python, FUNCTION).await
}

pub(super) async fn deploy_image(app: State<Arc<App>>, query: Pairs, request: Request) -> Answered {
    deploy(app, query, request, Kind::Wasm, WASM_FUNCTION).await
}

pub(super) async fn deploy_server(
    app: State<Arc<App>>,
    query: Pairs,
    request: Request,
) -> Answered {
    deploy(app, query, request, Kind::Server, SERVER).await
}

async fn deploy(
    State(app): State<Arc<App>>,
    query: Pairs,
    request: Request,
    kind: Kind,
    message: &'static str,
) -> Answered {
    let tenant = app.tenants.of(request.headers())?;
    let pairs = query::pairs(query)?;
    let (dry_run, force) = (is_asked(&pairs, "dry_run")?, is_asked(&pairs, "force")?);
    // Its place is kept to the end, since what is made of it is as large.
    let body = app.bodies.read(request.into_body()).await?;
    let (what, options) = request::read(&body.bytes(), kind)?;
    let deployment = Deployment {
        place: app.deployer.place(kind, &tenant)?,
        what,
        options,
    };
    if dry_run {
        let manifests = app.deployer.manifests(&deployment);
        return Ok(Json(manifests.json()).into_response());
    }
    let deployed = app.deployer.deploy(&deployment, force).await?;
    drop(body);
    let (service, namespace) = (deployment.name(), deployment.place.namespace());
    tracing::info!(
        tenant_id = %tenant, %namespace, service, kind = kind.as_str(),
        created = deployed.created, "A function was deployed"
    );
    let answer = Answer::new(message, deployed);
    let location = [(header::LOCATION, answer.path())];
    Ok((StatusCode::CREATED, location, Json(answer)).into_response())
}

pub(super) async fn list(app: State<Arc<App>>, headers: HeaderMap, query: Pairs) -> Answered {
    list_all(app, headers, query, Kind::FUNCTIONS).await
}

pub(super) async fn list_servers(
    app: State<Arc<App>>,
    headers: HeaderMap,
    query: Pairs,
) -> Answered {
    list_all(app, headers, query, Kind::SERVERS).await
}

async fn list_all(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Pairs,
    kinds: &[Kind],
) -> Answered {
    let (skip, limit) = part(&query::pairs(query)?, MOST)?;
    let place = place(&app, &headers, kinds)?;
    let listed = app
        .deployer
        .cluster
        .list(&place, kinds, skip, limit)
        .await?;
    let total = [(TOTAL, HeaderValue::from(listed.total))];
    Ok((total, Json(listed.functions)).into_response())
}

pub(super) async fn one(app: State<Arc<App>>, name: Named, headers: HeaderMap) -> Answered {
    find(Sought::function(app, name, &headers)?).await
}

pub(super) async fn one_server(app: State<Arc<App>>, id: Named, headers: HeaderMap) -> Answered {
    find(Sought::server(app, id, &headers)?).await
}

async fn find(sought: Sought) -> Answered {
    let cluster = &sought.app.deployer.cluster;
    let found = cluster.find(&sought.place, sought.kinds, &sought.service);
    let found = found.await?.ok_or_else(|| sought.missing())?;
    Ok(Json(found).into_response())
}

pub(super) async fn remove(app: State<Arc<App>>, name: Named, headers: HeaderMap) -> Answered {
    delete(Sought::function(app, name, &headers)?).await
}

pub(super) async fn remove_server(app: State<Arc<App>>, id: Named, headers: HeaderMap) -> Answered {
    delete(Sought::server(app, id, &headers)?).await
}

async fn delete(sought: Sought) -> Answered {
    let cluster = &sought.app.deployer.cluster;
    let removed = cluster.remove(&sought.place, sought.kinds, &sought.service);
    let removed = removed.await?.ok_or_else(|| sought.missing())?;
    let (service, namespace) = (&sought.service, sought.place.namespace());
    tracing::info!(%namespace, service, "A function was deleted");
    Ok(Json(Gone::new(namespace, removed)).into_response())
}

fn place(app: &App, headers: &HeaderMap, kinds: &[Kind]) -> Result<Place, Problem> {
    let tenant = app.tenants.of(headers)?;
    let kind = kinds.first().copied().unwrap_or(Kind::Python);
    Ok(app.deployer.place(kind, &tenant)?)
}
