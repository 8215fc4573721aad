//! Executions of all hosts that are asked for.

use sqlx::{Postgres, QueryBuilder};

use super::rows;
use crate::executions::listing::URI;
use crate::executions::shared::SharedError;
use crate::executions::{Listed, Listing, Scope};
use crate::postgres::{Line, within};

pub(super) async fn list(mut line: Line, wanted: &Listing) -> Result<Listed, SharedError> {
    // Both of one moment.
    line.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let until = line.until();
    let mut total = count(wanted);
    let total = total.build_query_scalar::<i64>();
    let total = within(until, total.fetch_one(line.connection()?)).await?;
    let mut some = some(wanted);
    let some = some.build().fetch_all(line.connection()?);
    let some = within(until, some).await?;
    line.end().await?;
    let executions = some.iter().map(rows::summary);
    Ok(Listed {
        executions: executions.collect::<Result<_, _>>()?,
        total: u64::try_from(total).unwrap_or(0),
        scope: Scope::All,
    })
}

pub(super) fn count(wanted: &Listing) -> QueryBuilder<Postgres> {
    let mut count = QueryBuilder::new("SELECT count(*) FROM executions");
    filter(&mut count, wanted);
    count
}

pub(super) fn some(wanted: &Listing) -> QueryBuilder<Postgres> {
    let mut some = QueryBuilder::new(concat!("SELECT ", rows::columns!()));
    some.push(format_args!(
        ", CASE WHEN octet_length(asset_uri) <= {URI} THEN asset_uri END AS asset_uri \
         FROM executions"
    ));
    filter(&mut some, wanted);
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    some.push(" ORDER BY created_at DESC, executions.id DESC LIMIT ");
    some.push_bind(number(wanted.limit));
    some.push(" OFFSET ").push_bind(number(wanted.skip));
    some
}

/// Only what is asked for is said, and the status is said without a doubt: so that an index
/// is found for each.
fn filter(select: &mut QueryBuilder<Postgres>, wanted: &Listing) {
    let mut word = " WHERE ";
    let mut next = || std::mem::replace(&mut word, " AND ");
    if let Some(tenant) = &wanted.tenant {
        select.push(next()).push("tenant = ");
        select.push_bind(tenant.as_str().to_owned());
    }
    if let Some(module) = &wanted.wasm_module_id {
        select.push(next()).push("wasm_module_id = ");
        select.push_bind(module.clone().into_bytes());
    }
    if let Some(status) = wanted.status {
        select.push(next());
        select.push(format_args!("status = '{}'", status.as_str()));
    }
    if let Some(since) = wanted.since {
        select.push(next()).push("created_at >= ").push_bind(since);
    }
    if let Some(until) = wanted.until {
        select.push(next()).push("created_at < ").push_bind(until);
    }
}
