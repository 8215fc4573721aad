-- What tells a module's bytes from the same bytes that were kept before; nothing where
-- their digest is all of their name.
ALTER TABLE modules ADD COLUMN mark TEXT;

-- Bytes in a bucket that no module names: not yet, or, where they are doomed, never again.
CREATE TABLE loose_objects (
    object TEXT NOT NULL PRIMARY KEY,
    doomed INTEGER NOT NULL,
    since INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT, WITHOUT ROWID;
