-- Requests that wait or are being carried out.
CREATE TABLE queue (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    due INTEGER NOT NULL,
    claimed INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    event_timestamp INTEGER NOT NULL,
    repeats TEXT,
    reason TEXT,
    asset_id TEXT NOT NULL,
    wasm_module_id TEXT NOT NULL,
    asset_uri TEXT NOT NULL,
    UNIQUE (tenant, request_id)
) STRICT;

CREATE INDEX queue_by_turn ON queue (tenant, due, seq) WHERE claimed = 0;

-- Requests that were given up. Their numbers are told outside: none is used twice.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    died_at INTEGER NOT NULL,
    event_timestamp INTEGER NOT NULL,
    repeats TEXT,
    reason TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    wasm_module_id TEXT NOT NULL,
    asset_uri TEXT NOT NULL
) STRICT;

CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant, id);

-- What became of every request. What may be long comes last, so that the rest can be
-- read without it.
CREATE TABLE executions (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    wasm_module_id TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    retry_of BLOB,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    seq INTEGER UNIQUE,
    bytes INTEGER,
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

CREATE INDEX executions_by_tenant ON executions (tenant, number);
