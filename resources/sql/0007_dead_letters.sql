-- How often workers began a job and it came back, neither sent nor ended; from the fifth time on it
-- is parked: handed out no more until somebody retries it.
ALTER TABLE outbox ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN parked_at_micros INTEGER;
