-- Every event carries the SHA-256 (hex) of the one before it; the newest one's stands in meta under
-- event_head. Empty: the event is older than this version.
ALTER TABLE order_events ADD COLUMN previous_sha256 TEXT NOT NULL DEFAULT '';
