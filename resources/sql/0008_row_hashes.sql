-- SHA-256 in hex of what a row says: no event tells it. NULL in rows that were written before.
ALTER TABLE wallet ADD COLUMN sha256 TEXT;
ALTER TABLE accounts ADD COLUMN sha256 TEXT;
