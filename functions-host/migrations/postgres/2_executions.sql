-- What became of requests at all hosts. Times are microseconds since 1970. Texts of strangers
-- are bytes, since they may hold what no TEXT of this database can. What may be long comes
-- last, so that the rest can be read without it.
CREATE TABLE executions (
    id UUID NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL CHECK (length(content) = 32),
    wasm_module_id BYTEA NOT NULL,
    asset_id BYTEA NOT NULL,
    retry_of UUID,
    status TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    bytes BIGINT NOT NULL,
    fault BYTEA,
    duration_us BIGINT,
    cpu_time_us BIGINT,
    memory_bytes BIGINT,
    fuel BIGINT,
    module_sha256 TEXT COLLATE "C",
    event_timestamp BIGINT NOT NULL,
    error BYTEA,
    asset_uri BYTEA NOT NULL,
    results TEXT COLLATE "C",
    stdout BYTEA,
    stderr BYTEA
);

CREATE INDEX executions_by_time ON executions (created_at, id);
CREATE INDEX executions_by_tenant ON executions (tenant, created_at, id);
-- Nearly all succeed, and those that did not are asked for.
CREATE INDEX executions_by_status ON executions (tenant, status, created_at, id)
    WHERE status <> 'succeeded';
-- The oldest go first, and what is kept is added up.
CREATE INDEX executions_by_end ON executions (finished_at, id) INCLUDE (bytes)
    WHERE finished_at IS NOT NULL;

-- What this history is known by, for those who remember what they have copied to it, and when
-- it was last seen to that it does not grow too large.
CREATE TABLE executions_history (
    one BOOLEAN NOT NULL PRIMARY KEY DEFAULT TRUE CHECK (one),
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    swept_at TIMESTAMPTZ
);

INSERT INTO executions_history DEFAULT VALUES;
