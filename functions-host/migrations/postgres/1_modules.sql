-- Texts are sorted and compared by their bytes, whatever the database does elsewhere, and
-- lower() knows the letters of ASCII alone: as in SQLite.
CREATE TABLE modules (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    description TEXT COLLATE "C",
    sha256 BYTEA NOT NULL CHECK (length(sha256) = 32),
    -- What tells a module's bytes from the same bytes that were kept before; nothing where
    -- their digest is all of their name.
    mark TEXT COLLATE "C",
    size_bytes BIGINT NOT NULL,
    abi TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    -- JSON, as policy writes it; nothing where nothing is set or granted.
    limits TEXT COLLATE "C",
    grants TEXT COLLATE "C",
    updated_at TEXT COLLATE "C"
);

CREATE INDEX modules_by_sha256 ON modules (sha256);

-- Bytes in a bucket that no module names: not yet, or, where they are doomed, never again.
CREATE TABLE loose_objects (
    object TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    doomed INTEGER NOT NULL,
    since BIGINT NOT NULL DEFAULT extract(epoch FROM now())::bigint
);
