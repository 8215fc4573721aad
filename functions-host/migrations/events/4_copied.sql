-- Up to where a history that hosts share has what stands here: all executions that ended, up
-- to this number of their ends, and all that were accepted, up to this number.
CREATE TABLE copied (
    history TEXT NOT NULL PRIMARY KEY,
    ended INTEGER NOT NULL,
    accepted INTEGER NOT NULL
) STRICT;
