-- What an order's way adds is appended, by its number: its row stays as it was admitted, what it was
-- sent with and what it ended with stand beside it. Numbers are keys everywhere, in the order of the
-- ids. Views of the old names say what the tables of those names said.

-- The views that stay find tables of the same names again.
PRAGMA legacy_alter_table = ON;

DROP VIEW orders;
DROP VIEW fills;

-- The newest transaction of each order that was sent, with the plan that it came from: an order that
-- has one and no end is submitted. Where the order is planned anew it goes.
CREATE TABLE transaction_rows (
    order_number            INTEGER PRIMARY KEY NOT NULL,
    attempt                 INTEGER NOT NULL,
    fence                   INTEGER NOT NULL,
    signature               TEXT NOT NULL,
    mode                    TEXT NOT NULL CHECK (mode = 'exactIn' OR mode = 'exactOut'),
    legs                    TEXT NOT NULL,  -- JSON
    plan_in_raw             TEXT NOT NULL,
    expected_out_raw        TEXT NOT NULL,
    min_amount_out_raw      TEXT NOT NULL,
    max_amount_in_raw       TEXT NOT NULL,
    bound_raw               TEXT NOT NULL,  -- what no plan could beat
    gap_ppb                 TEXT NOT NULL,  -- 20 digits, as the _raw columns
    decision_out_raw        TEXT NOT NULL,
    compute_unit_limit      INTEGER NOT NULL,
    compute_unit_price      TEXT NOT NULL,  -- micro-lamports, 20 digits
    tip_lamports            TEXT NOT NULL,
    network_fee_lamports    TEXT NOT NULL,
    snapshot_slot           INTEGER NOT NULL,
    last_valid_block_height INTEGER NOT NULL,
    sent_at_micros          INTEGER NOT NULL,
    arrives_at_micros       INTEGER NOT NULL,
    submitted_at_micros     INTEGER         -- unknown where the order had ended by version 11
) STRICT;

INSERT INTO transaction_rows
SELECT number, transactions.attempt, transactions.fence, signature, transactions.mode, legs,
    plan_in_raw, expected_out_raw, min_amount_out_raw, max_amount_in_raw, bound_raw, gap_ppb,
    decision_out_raw, compute_unit_limit, compute_unit_price, tip_lamports,
    transactions.network_fee_lamports, snapshot_slot, last_valid_block_height, sent_at_micros,
    arrives_at_micros, iif(status = 'submitted', updated_at_micros, NULL)
FROM order_rows JOIN transactions ON order_id = id ORDER BY number;

-- Orders that have not ended, which are found by it, and the job of each that must be in the queue
-- while it has no transaction. Which jobs had been begun was not written before: as each start took
-- it, those of orders on their way.
CREATE TABLE outbox_rows (
    order_number     INTEGER PRIMARY KEY NOT NULL,
    attempt          INTEGER NOT NULL,
    at_micros        INTEGER NOT NULL,
    failures         INTEGER NOT NULL DEFAULT 0,  -- how often workers began it and it came back
    parked_at_micros INTEGER,                     -- handed out no more until somebody retries it
    begun            INTEGER NOT NULL DEFAULT 0   -- by a worker, since failures were counted last
) STRICT;

INSERT INTO outbox_rows
SELECT number, outbox.attempt, at_micros, failures, parked_at_micros,
    parked_at_micros IS NULL AND
        (status = 'building' OR (status = 'routing' AND outbox.attempt = 1))
FROM order_rows JOIN outbox ON order_id = id
UNION ALL SELECT number, attempt, updated_at_micros, 0, NULL, 0
FROM order_rows WHERE status = 'submitted' ORDER BY 1;

-- What confirmed orders got: one row a swap.
CREATE TABLE new_fill_rows (
    number               INTEGER PRIMARY KEY NOT NULL,
    order_number         INTEGER NOT NULL,
    leg                  INTEGER NOT NULL,
    venue                TEXT NOT NULL,
    token_in             TEXT NOT NULL,
    token_out            TEXT NOT NULL,
    price                TEXT NOT NULL,   -- token_out for one token_in
    slot                 INTEGER NOT NULL,
    pool                 TEXT NOT NULL,
    program              TEXT NOT NULL,
    input_mint           TEXT NOT NULL,
    output_mint          TEXT NOT NULL,
    input_decimals       INTEGER NOT NULL,
    output_decimals      INTEGER NOT NULL,
    amount_in_raw        TEXT NOT NULL,
    amount_out_raw       TEXT NOT NULL,
    fee_raw              TEXT NOT NULL,   -- the pool's whole trading fee
    protocol_fee_raw     TEXT NOT NULL,   -- the part of it that liquidity providers do not get
    fee_mint             TEXT NOT NULL,
    network_fee_lamports TEXT NOT NULL,   -- on leg 0
    at_micros            INTEGER NOT NULL,
    UNIQUE (order_number, leg)
) STRICT;

INSERT INTO new_fill_rows
SELECT number, coalesce((SELECT order_rows.number FROM order_rows WHERE id = order_id), 0), leg,
    venue, token_in, token_out, price, slot, pool, program, input_mint, output_mint, input_decimals,
    output_decimals, amount_in_raw, amount_out_raw, fee_raw, protocol_fee_raw, fee_mint,
    network_fee_lamports, at_micros
FROM fill_rows ORDER BY number;

-- How each order ended that has. Amounts are the 64 bits as a signed integer here: those from 2^63
-- on are negative. The view has the digits.
CREATE TABLE order_ends (
    order_number         INTEGER PRIMARY KEY NOT NULL,
    status               TEXT NOT NULL CHECK (status = 'confirmed' OR status = 'failed'
                             OR status = 'cancelled'),
    attempt              INTEGER NOT NULL,
    fence                INTEGER NOT NULL,
    updated_at_micros    INTEGER NOT NULL,
    spent_lamports       INTEGER NOT NULL,
    price                TEXT,     -- confirmed: token_out for one token_in
    executed_in_raw      INTEGER,
    executed_out_raw     INTEGER,
    network_fee_lamports INTEGER,
    executed_slot        INTEGER,
    failure_reason       TEXT,     -- failed
    failure_program      TEXT,
    failure_code         INTEGER,
    error                TEXT      -- failed: why, and what to do next
) STRICT;

INSERT INTO order_ends
SELECT number, status, attempt, fence, updated_at_micros,
    iif(spent_lamports <= '09223372036854775807', CAST(spent_lamports AS INTEGER),
        (substr(spent_lamports, 1, 10) - 1844674406) * 10000000000
            + (substr(spent_lamports, 11) - 13709551616)),
    price,
    iif(executed_in_raw <= '09223372036854775807', CAST(executed_in_raw AS INTEGER),
        (substr(executed_in_raw, 1, 10) - 1844674406) * 10000000000
            + (substr(executed_in_raw, 11) - 13709551616)),
    iif(executed_out_raw <= '09223372036854775807', CAST(executed_out_raw AS INTEGER),
        (substr(executed_out_raw, 1, 10) - 1844674406) * 10000000000
            + (substr(executed_out_raw, 11) - 13709551616)),
    iif(network_fee_lamports <= '09223372036854775807', CAST(network_fee_lamports AS INTEGER),
        (substr(network_fee_lamports, 1, 10) - 1844674406) * 10000000000
            + (substr(network_fee_lamports, 11) - 13709551616)),
    executed_slot, failure_reason, failure_program, failure_code, error
FROM order_rows WHERE status = 'confirmed' OR status = 'failed' OR status = 'cancelled'
ORDER BY number;

CREATE INDEX ends_unfilled ON order_ends (status)
    WHERE status = 'failed' OR status = 'cancelled';

-- Changed only where an order that is not sent yet is told to be on its way, or is planned anew.
-- engine.db has a unique index of its keys, which archives have not.
CREATE TABLE new_order_rows (
    number            INTEGER PRIMARY KEY NOT NULL,  -- by admission
    id                TEXT NOT NULL UNIQUE,          -- grows with time
    status            TEXT NOT NULL CHECK (status = 'pending' OR status = 'routing'
                          OR status = 'building'),   -- until it is sent, or ends
    side              TEXT NOT NULL,
    token_in          TEXT NOT NULL,
    token_out         TEXT NOT NULL,
    type              TEXT NOT NULL,
    input_mint        TEXT NOT NULL,
    output_mint       TEXT NOT NULL,
    input_decimals    INTEGER NOT NULL,
    output_decimals   INTEGER NOT NULL,
    mode              TEXT NOT NULL CHECK (mode = 'exactIn' OR mode = 'exactOut'),
    amount_in_raw     TEXT NOT NULL,
    amount_out_raw    TEXT NOT NULL,  -- exactOut: what is to arrive
    slippage_bps      INTEGER NOT NULL,
    route             TEXT NOT NULL,  -- JSON
    on_revert         TEXT NOT NULL CHECK (on_revert = 'fail' OR on_revert = 'requote'),
    deadline_micros   INTEGER,
    idempotency_key   TEXT,
    reserved_lamports TEXT NOT NULL,
    created_at_micros INTEGER NOT NULL,
    created_slot      INTEGER NOT NULL,
    attempt           INTEGER NOT NULL,  -- as the status, and so the next two
    fence             INTEGER NOT NULL,
    updated_at_micros INTEGER NOT NULL,
    spent_lamports    TEXT NOT NULL      -- until it ends; of those reserved: fees of attempts that
                                         -- reverted
) STRICT;

INSERT INTO new_order_rows
SELECT number, id, iif(status = 'routing' OR status = 'building', status, 'pending'), side,
    token_in, token_out, type, input_mint, output_mint, input_decimals, output_decimals, mode,
    amount_in_raw, amount_out_raw, slippage_bps, route, on_revert, deadline_micros,
    idempotency_key, reserved_lamports, created_at_micros, created_slot, attempt, fence,
    updated_at_micros, spent_lamports
FROM order_rows ORDER BY number;

DROP TABLE transactions;
DROP TABLE outbox;
DROP TABLE fill_rows;
DROP TABLE order_rows;
ALTER TABLE new_fill_rows RENAME TO fill_rows;
ALTER TABLE new_order_rows RENAME TO order_rows;

CREATE VIEW orders AS
    SELECT id,
        coalesce(order_ends.status,
            iif(transaction_rows.order_number IS NULL, order_rows.status, 'submitted')) AS status,
        side, token_in, token_out,
        coalesce(nullif(ltrim(substr(amount_in_raw, 1, 20 - input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_in_raw, 21 - input_decimals), '0'), ''), '')
            AS amount_in,
        iif(executed_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(printf('%020u', executed_out_raw), 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(printf('%020u', executed_out_raw), 21 - output_decimals), '0'), ''), ''))
            AS amount_out,
        price,
        strftime('%Y-%m-%dT%H:%M:%S', created_at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', created_at_micros / 1000 % 1000) AS created_at,
        strftime('%Y-%m-%dT%H:%M:%S', coalesce(order_ends.updated_at_micros, submitted_at_micros,
                order_rows.updated_at_micros) / 1000000, 'unixepoch')
            || printf('.%03dZ', coalesce(order_ends.updated_at_micros, submitted_at_micros,
                order_rows.updated_at_micros) / 1000 % 1000) AS updated_at,
        error, signature, type, input_mint, output_mint, order_rows.mode, amount_in_raw,
        amount_out_raw, slippage_bps, route, on_revert, deadline_micros,
        coalesce(order_ends.attempt, transaction_rows.attempt, order_rows.attempt) AS attempt,
        coalesce(order_ends.fence, transaction_rows.fence, order_rows.fence) AS fence,
        reserved_lamports,
        iif(order_ends.order_number IS NULL, order_rows.spent_lamports,
            printf('%020u', order_ends.spent_lamports)) AS spent_lamports,
        created_at_micros,
        coalesce(order_ends.updated_at_micros, submitted_at_micros, order_rows.updated_at_micros)
            AS updated_at_micros,
        created_slot, json_extract(legs, '$[0].pool') AS plan_pool,
        json_extract(legs, '$[0].program') AS plan_program,
        json_array_length(legs) AS plan_legs, legs AS plan_legs_json, plan_in_raw,
        expected_out_raw AS plan_expected_out_raw, min_amount_out_raw AS plan_min_out_raw,
        max_amount_in_raw AS plan_max_in_raw, bound_raw AS plan_bound_raw, gap_ppb AS plan_gap_ppb,
        iif(executed_in_raw IS NULL, NULL, printf('%020u', executed_in_raw)) AS executed_in_raw,
        iif(executed_out_raw IS NULL, NULL, printf('%020u', executed_out_raw)) AS executed_out_raw,
        iif(order_ends.network_fee_lamports IS NULL, NULL,
            printf('%020u', order_ends.network_fee_lamports)) AS network_fee_lamports,
        executed_slot, failure_reason, failure_program, failure_code, idempotency_key, number
    FROM order_rows LEFT JOIN transaction_rows ON transaction_rows.order_number = number
    LEFT JOIN order_ends ON order_ends.order_number = number;

CREATE VIEW fills AS
    SELECT fill_rows.number, id AS order_id, leg, venue, fill_rows.token_in, fill_rows.token_out,
        coalesce(nullif(ltrim(substr(fill_rows.amount_in_raw, 1, 20 - fill_rows.input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(fill_rows.amount_in_raw, 21 - fill_rows.input_decimals), '0'), ''), '')
            AS amount_in,
        coalesce(nullif(ltrim(substr(fill_rows.amount_out_raw, 1, 20 - fill_rows.output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(fill_rows.amount_out_raw, 21 - fill_rows.output_decimals), '0'), ''), '')
            AS amount_out,
        price,
        strftime('%Y-%m-%dT%H:%M:%S', at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', at_micros / 1000 % 1000) AS time,
        slot, pool, program, fill_rows.input_mint, fill_rows.output_mint, fill_rows.amount_in_raw,
        fill_rows.amount_out_raw, fee_raw, protocol_fee_raw, fee_mint,
        fill_rows.network_fee_lamports, at_micros, signature
    FROM fill_rows LEFT JOIN order_rows ON order_rows.number = fill_rows.order_number
    LEFT JOIN transaction_rows ON transaction_rows.order_number = fill_rows.order_number;

CREATE VIEW transactions AS
    SELECT id AS order_id, transaction_rows.attempt, transaction_rows.fence, signature,
        transaction_rows.mode, legs, plan_in_raw, expected_out_raw, min_amount_out_raw,
        max_amount_in_raw, bound_raw, gap_ppb, decision_out_raw, compute_unit_limit,
        compute_unit_price, tip_lamports, transaction_rows.network_fee_lamports, snapshot_slot,
        last_valid_block_height, sent_at_micros, arrives_at_micros
    FROM transaction_rows JOIN order_rows ON number = order_number;

CREATE VIEW outbox AS
    SELECT id AS order_id, outbox_rows.attempt, at_micros, failures, parked_at_micros, begun
    FROM outbox_rows JOIN order_rows ON number = order_number
    WHERE NOT EXISTS (SELECT 1 FROM transaction_rows
        WHERE transaction_rows.order_number = outbox_rows.order_number);

PRAGMA legacy_alter_table = OFF;
