-- Whether all who want to know were told how an execution ended: a bus that sends requests
-- again need not tell it twice.
ALTER TABLE executions ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
