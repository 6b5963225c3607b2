-- Order Execution Engine, schema 1.
--
-- Columns that end in _raw or _lamports are base units, 0 … 2^64 − 1, as 20 digits with leading
-- zeros (SQLite's integers are signed): they sort as numbers do. Columns that end in _micros are
-- microseconds since 1970 (UTC). The others are for people.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id                    TEXT PRIMARY KEY NOT NULL,  -- grows with time
    status                TEXT NOT NULL CHECK (status IN ('pending', 'routing', 'building',
                              'submitted', 'confirmed', 'failed', 'cancelled')),
    side                  TEXT NOT NULL,
    token_in              TEXT NOT NULL,
    token_out             TEXT NOT NULL,
    amount_in             TEXT NOT NULL,
    amount_out            TEXT,           -- confirmed
    price                 TEXT,           -- token_out for one token_in, confirmed
    created_at            TEXT NOT NULL,
    updated_at            TEXT NOT NULL,
    error                 TEXT,           -- failed: why, and what to do next
    signature             TEXT,           -- from submitted on
    type                  TEXT NOT NULL,
    input_mint            TEXT NOT NULL,
    output_mint           TEXT NOT NULL,
    amount_in_raw         TEXT NOT NULL,
    slippage_bps          INTEGER NOT NULL,
    attempt               INTEGER NOT NULL,
    fence                 INTEGER NOT NULL,
    reserved_lamports     TEXT NOT NULL,
    created_at_micros     INTEGER NOT NULL,
    updated_at_micros     INTEGER NOT NULL,
    created_slot          INTEGER NOT NULL,
    plan_pool             TEXT,           -- from building on
    plan_program          TEXT,
    plan_legs             INTEGER,
    plan_expected_out_raw TEXT,
    plan_min_out_raw      TEXT,
    executed_in_raw       TEXT,           -- confirmed
    executed_out_raw      TEXT,
    network_fee_lamports  TEXT,
    executed_slot         INTEGER,
    failure_reason        TEXT,           -- failed
    failure_program       TEXT,
    failure_code          INTEGER,
    idempotency_key       TEXT
) STRICT;

CREATE UNIQUE INDEX orders_by_idempotency_key ON orders (idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE INDEX orders_open ON orders (status)
    WHERE status IN ('pending', 'routing', 'building', 'submitted');

-- Every transition, in the order of commits: 1, 2, … without gaps.
CREATE TABLE order_events (
    seq       INTEGER PRIMARY KEY NOT NULL,
    order_id  TEXT NOT NULL REFERENCES orders (id),
    status    TEXT NOT NULL,
    slot      INTEGER NOT NULL,
    time      TEXT NOT NULL,
    detail    TEXT NOT NULL,
    at_micros INTEGER NOT NULL
) STRICT;

CREATE INDEX order_events_by_order ON order_events (order_id);

-- What confirmed orders got: one row a swap.
CREATE TABLE fills (
    number               INTEGER PRIMARY KEY NOT NULL,
    order_id             TEXT NOT NULL REFERENCES orders (id),
    leg                  INTEGER NOT NULL,
    venue                TEXT NOT NULL,
    token_in             TEXT NOT NULL,
    token_out            TEXT NOT NULL,
    amount_in            TEXT NOT NULL,
    amount_out           TEXT NOT NULL,
    price                TEXT NOT NULL,   -- token_out for one token_in
    time                 TEXT NOT NULL,
    slot                 INTEGER NOT NULL,
    pool                 TEXT NOT NULL,
    program              TEXT NOT NULL,
    input_mint           TEXT NOT NULL,
    output_mint          TEXT NOT NULL,
    amount_in_raw        TEXT NOT NULL,
    amount_out_raw       TEXT NOT NULL,
    fee_raw              TEXT NOT NULL,   -- the pool's whole trading fee
    protocol_fee_raw     TEXT NOT NULL,   -- the part of it that liquidity providers do not get
    fee_mint             TEXT NOT NULL,
    network_fee_lamports TEXT NOT NULL,   -- on leg 0
    at_micros            INTEGER NOT NULL,
    signature            TEXT NOT NULL,
    UNIQUE (order_id, leg)
) STRICT;

-- Balances of the paper accounts. Reserved is promised to open orders and part of the amount.
CREATE TABLE wallet (
    owner        TEXT NOT NULL CHECK (owner IN ('trader', 'faucet', 'fees')),
    token        TEXT NOT NULL,
    amount       TEXT NOT NULL,
    reserved     TEXT NOT NULL,
    mint         TEXT NOT NULL,
    amount_raw   TEXT NOT NULL,
    reserved_raw TEXT NOT NULL,
    PRIMARY KEY (owner, mint)
) STRICT, WITHOUT ROWID;

-- The pools as the last committed slot left them.
CREATE TABLE accounts (
    pool     TEXT NOT NULL,
    address  TEXT NOT NULL,
    owner    TEXT NOT NULL,
    lamports TEXT NOT NULL,               -- 20 digits, as the _raw columns
    slot     INTEGER NOT NULL,            -- that changed it last
    data     BLOB NOT NULL,
    PRIMARY KEY (pool, address)
) STRICT;

-- Sent, and not yet landed, reverted or expired.
CREATE TABLE transactions (
    order_id                 TEXT PRIMARY KEY NOT NULL REFERENCES orders (id),
    attempt                  INTEGER NOT NULL,
    fence                    INTEGER NOT NULL,
    signature                TEXT NOT NULL,
    legs                     TEXT NOT NULL,  -- JSON
    expected_out_raw         TEXT NOT NULL,
    min_amount_out_raw       TEXT NOT NULL,
    compute_unit_limit       INTEGER NOT NULL,
    compute_unit_price       TEXT NOT NULL,  -- micro-lamports, 20 digits
    tip_lamports             TEXT NOT NULL,
    network_fee_lamports     TEXT NOT NULL,
    snapshot_slot            INTEGER NOT NULL,
    last_valid_block_height  INTEGER NOT NULL,
    sent_at_micros           INTEGER NOT NULL,
    arrives_at_micros        INTEGER NOT NULL
) STRICT;

-- Jobs that must be in the queue: written with the order, gone once it is submitted or ends.
CREATE TABLE outbox (
    order_id  TEXT PRIMARY KEY NOT NULL REFERENCES orders (id),
    attempt   INTEGER NOT NULL,
    at_micros INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
