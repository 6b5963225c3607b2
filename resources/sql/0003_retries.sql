-- What an order wants after a failed attempt, and what its attempts have cost so far.
ALTER TABLE orders ADD COLUMN on_revert TEXT NOT NULL DEFAULT 'fail'
    CHECK (on_revert IN ('fail', 'requote'));
ALTER TABLE orders ADD COLUMN deadline_micros INTEGER;
-- Of reserved_lamports: fees of attempts that reverted.
ALTER TABLE orders ADD COLUMN spent_lamports TEXT NOT NULL DEFAULT '00000000000000000000';
