-- Events whose orders are not in this file any more because they grew too old: first_seq to last_seq
-- without gaps. The hashes (SHA-256 in hex; zeros before the first event of all) tie what is left on
-- both sides to what was there.
CREATE TABLE pruned_events (
    first_seq     INTEGER PRIMARY KEY NOT NULL,
    last_seq      INTEGER NOT NULL,
    before_sha256 TEXT NOT NULL,  -- of the event before the first of them
    last_sha256   TEXT NOT NULL,  -- of the last of them
    archive       TEXT NOT NULL   -- id of the archive that has them; empty: they are gone
) STRICT;
