-- JSON, as policy writes it; nothing where nothing is set or granted.
ALTER TABLE modules ADD COLUMN limits TEXT;
ALTER TABLE modules ADD COLUMN grants TEXT;
ALTER TABLE modules ADD COLUMN updated_at TEXT;
