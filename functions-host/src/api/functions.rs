//! Functions on a cluster: deployed, listed, looked at, deleted. Those that have a name and
//! those that are servers differ in little more than what they are called.

mod answers;
mod options;
mod request;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::App;
use super::modules::TOTAL;
use super::problem::Problem;
use super::query::{self, Pairs, is_asked, part};
use crate::knative::{Deployment, DeploymentId, FunctionName, InvalidName, Kind, Place};
use answers::{Answer, Gone};

/// How many an answer can hold.
const MOST: u64 = 1000;

const FUNCTION: &str = "Function deployment initiated.";
const WASM_FUNCTION: &str = "WASM function deployment initiated.";
const SERVER: &str = "Function server deployment initiated.";

type Named = Result<Path<String>, PathRejection>;
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

async fn find(
    Sought {
        app,
        place,
        kinds,
        name,
    }: Sought,
) -> Answered {
    let found = app.deployer.cluster.find(&place, kinds, &name.service);
    let found = found.await?.ok_or_else(|| name.missing())?;
    Ok(Json(found).into_response())
}

pub(super) async fn remove(app: State<Arc<App>>, name: Named, headers: HeaderMap) -> Answered {
    delete(Sought::function(app, name, &headers)?).await
}

pub(super) async fn remove_server(app: State<Arc<App>>, id: Named, headers: HeaderMap) -> Answered {
    delete(Sought::server(app, id, &headers)?).await
}

async fn delete(
    Sought {
        app,
        place,
        kinds,
        name,
    }: Sought,
) -> Answered {
    let removed = app.deployer.cluster.remove(&place, kinds, &name.service);
    let removed = removed.await?.ok_or_else(|| name.missing())?;
    let (service, namespace) = (&name.service, place.namespace());
    tracing::info!(%namespace, service, "A function was deleted");
    let gone = Gone::new(place.namespace(), removed);
    Ok(Json(gone).into_response())
}

fn place(app: &App, headers: &HeaderMap, kinds: &[Kind]) -> Result<Place, Problem> {
    let tenant = app.tenants.of(headers)?;
    let kind = kinds.first().copied().unwrap_or(Kind::Python);
    Ok(app.deployer.place(kind, &tenant)?)
}

/// What a caller has named, and where that would be.
struct Sought {
    app: Arc<App>,
    place: Place,
    kinds: &'static [Kind],
    name: Known,
}

impl Sought {
    fn function(
        State(app): State<Arc<App>>,
        name: Named,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        Self::of(app, Kind::FUNCTIONS, function(name)?, headers)
    }

    fn server(
        State(app): State<Arc<App>>,
        id: Named,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        Self::of(app, Kind::SERVERS, server(id)?, headers)
    }

    fn of(
        app: Arc<App>,
        kinds: &'static [Kind],
        name: Known,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let place = place(&app, headers, kinds)?;
        Ok(Self {
            app,
            place,
            kinds,
            name,
        })
    }
}

/// What a path names.
struct Known {
    what: &'static str,
    name: String,
    service: String,
}

impl Known {
    fn missing(&self) -> Problem {
        let Self { what, name, .. } = self;
        Problem::new(StatusCode::NOT_FOUND, format!("{what} '{name}' not found"))
    }
}

/// A name that no function can have is one that no function has.
fn function(name: Named) -> Result<Known, Problem> {
    let name: FunctionName = text(name)?
        .parse()
        .map_err(|why| no_such("function", why))?;
    Ok(Known {
        what: "Function",
        name: name.to_string(),
        service: name.to_string(),
    })
}

fn server(id: Named) -> Result<Known, Problem> {
    let id: DeploymentId = text(id)?.parse().map_err(|why| no_such("server", why))?;
    Ok(Known {
        what: "Function server",
        name: id.to_string(),
        service: id.service(),
    })
}

fn text(path: Named) -> Result<String, Problem> {
    let Path(text) =
        path.map_err(|rejection| Problem::new(StatusCode::NOT_FOUND, rejection.body_text()))?;
    Ok(text)
}

fn no_such(what: &str, why: InvalidName) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("No such {what}: {why}"))
}
