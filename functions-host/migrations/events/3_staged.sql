-- Executions that ended a moment ago. They have no index: many of them at once become
-- executions, which takes a part of what each would take by itself. Columns as there.
CREATE TABLE staged (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    content BLOB NOT NULL,
    wasm_module_id TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    retry_of BLOB,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    fault TEXT,
    duration_us INTEGER,
    cpu_time_us INTEGER,
    memory_bytes INTEGER,
    fuel INTEGER,
    module_sha256 TEXT,
    event_timestamp INTEGER NOT NULL,
    error TEXT,
    asset_uri TEXT NOT NULL,
    results TEXT,
    stdout TEXT,
    stderr TEXT
) STRICT;
