//! The table of requests.

use rusqlite::{Connection, Result, Row as SqlRow, params};

use super::turns::Size;
use crate::bus::{Request, RequestId};
use crate::tenant::TenantId;

/// A request that was claimed.
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) request: Request,
    pub(super) attempts: u32,
    due: i64,
}

/// What was claimed for a tenant.
pub(super) struct Claimed {
    pub(super) requests: Vec<Row>,
    /// When the next of those that wait is due.
    pub(super) next: Option<i64>,
}

/// Frees everything, and says how much there is of whom and since when it is due.
pub(super) fn recover(db: &Connection) -> Result<Vec<(TenantId, Size, i64)>> {
    db.execute("UPDATE queue SET claimed = 0 WHERE claimed = 1", ())?;
    let mut held = db.prepare(
        "SELECT tenant, count(*), \
         sum(octet_length(asset_id) + octet_length(asset_uri) + octet_length(wasm_module_id)), \
         min(due) FROM queue GROUP BY tenant",
    )?;
    let held = held.query_map((), |row| {
        let size = Size {
            requests: row.get(1)?,
            bytes: row.get(2)?,
        };
        Ok((tenant(row, 0)?, size, row.get(3)?))
    })?;
    held.collect()
}

/// What became of a request that was to be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is in.
    New,
    /// It is there already.
    Known,
    /// Another of its id is there, which asks for something else.
    Differs,
}

/// Puts a request in, unless there is one of its id.
pub(super) fn add(db: &Connection, request: &Request, now: i64) -> Result<Added> {
    let mut insert = db.prepare_cached(
        "INSERT INTO queue (tenant, request_id, due, event_timestamp, repeats, \
         asset_id, wasm_module_id, asset_uri) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?;
    let added = insert.execute(params![
        request.tenant.as_str(),
        request.id.as_str(),
        now,
        request.event_timestamp,
        request.repeats.as_ref().map(RequestId::as_str),
        request.asset_id,
        request.wasm_module_id,
        request.asset_uri,
    ])?;
    if added > 0 {
        return Ok(Added::New);
    }
    let mut same = db.prepare_cached(
        "SELECT asset_id = ?3 AND wasm_module_id = ?4 AND asset_uri = ?5 FROM queue \
         WHERE tenant = ?1 AND request_id = ?2",
    )?;
    let same = same.query_row(
        params![
            request.tenant.as_str(),
            request.id.as_str(),
            request.asset_id,
            request.wasm_module_id,
            request.asset_uri
        ],
        |row| row.get(0),
    )?;
    Ok(if same { Added::Known } else { Added::Differs })
}

/// Claims for each tenant as many as it has a share in, the oldest first, and counts the
/// attempt.
pub(super) fn claim(
    db: &Connection,
    shares: &[(TenantId, usize)],
    now: i64,
) -> Result<Vec<Claimed>> {
    let mut claim = db.prepare_cached(
        "UPDATE queue SET claimed = 1, attempts = attempts + 1 WHERE seq IN \
         (SELECT seq FROM queue WHERE tenant = ?1 AND claimed = 0 AND due <= ?2 \
          ORDER BY due, seq LIMIT ?3) \
         RETURNING tenant, request_id, asset_id, asset_uri, wasm_module_id, event_timestamp, \
         repeats, seq, attempts, due",
    )?;
    let mut next =
        db.prepare_cached("SELECT min(due) FROM queue WHERE tenant = ? AND claimed = 0")?;
    let claims = shares.iter().map(|(tenant, share)| {
        let share = i64::try_from(*share).unwrap_or(i64::MAX);
        let rows = claim.query_map(params![tenant.as_str(), now, share], |row| {
            Ok(Row {
                request: request(row)?,
                seq: row.get(7)?,
                attempts: row.get(8)?,
                due: row.get(9)?,
            })
        })?;
        let mut requests = rows.collect::<Result<Vec<_>>>()?;
        // They come back in no order.
        requests.sort_unstable_by_key(|row| (row.due, row.seq));
        let next = next.query_row([tenant.as_str()], |row| row.get(0))?;
        Ok(Claimed { requests, next })
    });
    claims.collect()
}

/// Takes a request out.
pub(super) fn remove(db: &Connection, seq: i64) -> Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM queue WHERE seq = ?")?;
    delete.execute([seq])?;
    Ok(())
}

/// Lets a request come again at a time.
pub(super) fn put_back(db: &Connection, seq: i64, due: i64, reason: &str) -> Result<()> {
    let mut update =
        db.prepare_cached("UPDATE queue SET claimed = 0, due = ?2, reason = ?3 WHERE seq = ?1")?;
    update.execute(params![seq, due, reason])?;
    Ok(())
}

/// Lets requests come again as if they had not been claimed.
pub(super) fn free(db: &Connection, rows: impl IntoIterator<Item = i64>) -> Result<()> {
    let mut update = db.prepare_cached("UPDATE queue SET claimed = 0 WHERE seq = ?")?;
    rows.into_iter().try_for_each(|seq| {
        update.execute([seq])?;
        Ok(())
    })
}

/// The request in the first seven columns: tenant, id, asset, its URI, module, time, and
/// what it repeats.
pub(super) fn request(row: &SqlRow<'_>) -> Result<Request> {
    let repeats: Option<String> = row.get(6)?;
    Ok(Request {
        tenant: tenant(row, 0)?,
        id: parsed(row, 1)?,
        asset_id: row.get(2)?,
        asset_uri: row.get(3)?,
        wasm_module_id: row.get(4)?,
        event_timestamp: row.get(5)?,
        repeats: match repeats {
            Some(_) => Some(parsed(row, 6)?),
            None => None,
        },
        flaw: None,
    })
}

pub(super) fn tenant(row: &SqlRow<'_>, column: usize) -> Result<TenantId> {
    parsed(row, column)
}

fn parsed<T>(row: &SqlRow<'_>, column: usize) -> Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}
