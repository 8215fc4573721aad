CREATE TABLE modules (
    id TEXT NOT NULL PRIMARY KEY,
    description TEXT,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size_bytes INTEGER NOT NULL,
    abi TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX modules_by_sha256 ON modules (sha256);
