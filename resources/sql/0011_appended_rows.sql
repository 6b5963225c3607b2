-- What an order's way adds is appended, by its number: its row stays as it was admitted, what it was
-- sent with and what it ended with stand beside it. Numbers are keys everywhere, in the order of the
-- ids. Views of the old names say what the tables of those names said.
--
-- Amounts (_raw, _lamports, gap_ppb, compute_unit_price) are stored as the 64 bits of a signed integer:
-- from 2^63 on it is negative. Older rows keep their 20 digits, and the views have digits of both.
-- Costs stay digits with a sign.

-- The views that stay find tables of the same names again.
PRAGMA legacy_alter_table = ON;

DROP VIEW orders;
DROP VIEW fills;
DROP VIEW receipts;

-- The newest transaction of each order that was sent, with the plan that it came from: an order that
-- has one and no end is submitted. Where the order is planned anew it goes.
CREATE TABLE transaction_rows (
    order_number            INTEGER PRIMARY KEY NOT NULL,
    attempt                 INTEGER NOT NULL,
    fence                   INTEGER NOT NULL,
    signature               TEXT NOT NULL,
    mode                    TEXT NOT NULL CHECK (mode = 'exactIn' OR mode = 'exactOut'),
    legs                    TEXT NOT NULL,  -- JSON
    plan_in_raw             ANY NOT NULL,
    expected_out_raw        ANY NOT NULL,
    min_amount_out_raw      ANY NOT NULL,
    max_amount_in_raw       ANY NOT NULL,
    bound_raw               ANY NOT NULL,  -- what no plan could beat
    gap_ppb                 ANY NOT NULL,
    decision_out_raw        ANY NOT NULL,
    compute_unit_limit      INTEGER NOT NULL,
    compute_unit_price      ANY NOT NULL,  -- micro-lamports
    tip_lamports            ANY NOT NULL,
    network_fee_lamports    ANY NOT NULL,
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
    amount_in_raw        ANY NOT NULL,
    amount_out_raw       ANY NOT NULL,
    fee_raw              ANY NOT NULL,   -- the pool's whole trading fee
    protocol_fee_raw     ANY NOT NULL,   -- the part of it that liquidity providers do not get
    fee_mint             TEXT NOT NULL,
    network_fee_lamports ANY NOT NULL,   -- on leg 0
    at_micros            INTEGER NOT NULL,
    UNIQUE (order_number, leg)
) STRICT;

INSERT INTO new_fill_rows
SELECT number, coalesce((SELECT order_rows.number FROM order_rows WHERE id = order_id), 0), leg,
    venue, token_in, token_out, price, slot, pool, program, input_mint, output_mint, input_decimals,
    output_decimals, amount_in_raw, amount_out_raw, fee_raw, protocol_fee_raw, fee_mint,
    network_fee_lamports, at_micros
FROM fill_rows ORDER BY number;

-- How each order ended that has.
CREATE TABLE order_ends (
    order_number         INTEGER PRIMARY KEY NOT NULL,
    status               TEXT NOT NULL CHECK (status = 'confirmed' OR status = 'failed'
                             OR status = 'cancelled'),
    attempt              INTEGER NOT NULL,
    fence                INTEGER NOT NULL,
    updated_at_micros    INTEGER NOT NULL,
    spent_lamports       ANY NOT NULL,
    price                TEXT,     -- confirmed: token_out for one token_in
    executed_in_raw      ANY,
    executed_out_raw     ANY,
    network_fee_lamports ANY,
    executed_slot        INTEGER,
    failure_reason       TEXT,     -- failed
    failure_program      TEXT,
    failure_code         INTEGER,
    error                TEXT      -- failed: why, and what to do next
) STRICT;

INSERT INTO order_ends
SELECT number, status, attempt, fence, updated_at_micros, spent_lamports, price, executed_in_raw,
    executed_out_raw, network_fee_lamports, executed_slot, failure_reason, failure_program,
    failure_code, error
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
    amount_in_raw     ANY NOT NULL,
    amount_out_raw    ANY NOT NULL,  -- exactOut: what is to arrive
    slippage_bps      INTEGER NOT NULL,
    route             TEXT NOT NULL,  -- JSON
    on_revert         TEXT NOT NULL CHECK (on_revert = 'fail' OR on_revert = 'requote'),
    deadline_micros   INTEGER,
    idempotency_key   TEXT,
    reserved_lamports ANY NOT NULL,
    created_at_micros INTEGER NOT NULL,
    created_slot      INTEGER NOT NULL,
    attempt           INTEGER NOT NULL,  -- as the status, and so the next two
    fence             INTEGER NOT NULL,
    updated_at_micros INTEGER NOT NULL,
    spent_lamports    ANY NOT NULL      -- until it ends; of those reserved: fees of attempts that
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

-- What confirmed orders cost, and why: other types of columns, and not a row changes.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = 'CREATE TABLE receipt_rows (
    number                   INTEGER PRIMARY KEY NOT NULL,
    order_number             INTEGER NOT NULL UNIQUE,
    input_mint               TEXT NOT NULL,
    output_mint              TEXT NOT NULL,
    amount_in_raw            ANY NOT NULL,
    decision_slot            INTEGER NOT NULL,
    landing_slot             INTEGER NOT NULL,
    confirmed_slot           INTEGER NOT NULL,  -- the landing''s slot is confirmed from this one on
    finalized_slot           INTEGER NOT NULL,
    landed_at_micros         INTEGER NOT NULL,  -- of the chain''s clock
    decision_out_raw         ANY NOT NULL,
    quoted_out_raw           ANY NOT NULL,
    landing_out_raw          ANY NOT NULL,
    unsandwiched_out_raw     ANY NOT NULL,
    amount_out_raw           ANY NOT NULL,
    network_fee_lamports     ANY NOT NULL,
    delay_cost_raw           TEXT NOT NULL,
    price_impact_cost_raw    TEXT NOT NULL,
    lp_fees_cost_raw         TEXT NOT NULL,
    protocol_fees_cost_raw   TEXT NOT NULL,
    transfer_fees_cost_raw   TEXT NOT NULL,
    sandwich_cost_raw        TEXT NOT NULL,
    network_cost_raw         TEXT NOT NULL,
    shortfall_cost_raw       TEXT NOT NULL,     -- all parts together
    compared                 INTEGER NOT NULL,  -- 1: other routes were looked at
    best_raydium_out_raw     ANY,               -- empty: no such route
    best_meteora_out_raw     ANY,
    full_route_out_raw       ANY
) STRICT'
WHERE type = 'table' AND name = 'receipt_rows';

UPDATE sqlite_schema SET sql = 'CREATE TABLE markout_rows (
    seconds        INTEGER NOT NULL,
    receipt_number INTEGER NOT NULL,
    out_raw        ANY NOT NULL,
    after_millis   INTEGER NOT NULL,
    PRIMARY KEY (seconds, receipt_number)
) STRICT, WITHOUT ROWID'
WHERE type = 'table' AND name = 'markout_rows';

PRAGMA writable_schema = RESET;

CREATE VIEW orders AS
    SELECT id, status, side, token_in, token_out,
        coalesce(nullif(ltrim(substr(amount_in_raw, 1, 20 - input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_in_raw, 21 - input_decimals), '0'), ''), '')
            AS amount_in,
        iif(executed_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(executed_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(executed_out_raw, 21 - output_decimals), '0'), ''), ''))
            AS amount_out,
        price,
        strftime('%Y-%m-%dT%H:%M:%S', created_at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', created_at_micros / 1000 % 1000) AS created_at,
        strftime('%Y-%m-%dT%H:%M:%S', updated_at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', updated_at_micros / 1000 % 1000) AS updated_at,
        error, signature, type, input_mint, output_mint, mode, amount_in_raw, amount_out_raw,
        slippage_bps, route, on_revert, deadline_micros, attempt, fence, reserved_lamports,
        spent_lamports, created_at_micros, updated_at_micros, created_slot,
        json_extract(legs, '$[0].pool') AS plan_pool,
        json_extract(legs, '$[0].program') AS plan_program,
        json_array_length(legs) AS plan_legs, legs AS plan_legs_json, plan_in_raw,
        expected_out_raw AS plan_expected_out_raw, min_amount_out_raw AS plan_min_out_raw,
        max_amount_in_raw AS plan_max_in_raw, bound_raw AS plan_bound_raw, gap_ppb AS plan_gap_ppb,
        executed_in_raw, executed_out_raw, network_fee_lamports, executed_slot, failure_reason,
        failure_program, failure_code, idempotency_key, number
    FROM (
        SELECT number, id, side, token_in, token_out, price, input_decimals, output_decimals,
            error, signature, type, input_mint, output_mint, order_rows.mode, slippage_bps, route,
            on_revert, deadline_micros, created_at_micros, created_slot, legs, executed_slot,
            failure_reason, failure_program, failure_code, idempotency_key,
            coalesce(order_ends.status, iif(transaction_rows.order_number IS NULL,
                order_rows.status, 'submitted')) AS status,
            coalesce(order_ends.attempt, transaction_rows.attempt, order_rows.attempt) AS attempt,
            coalesce(order_ends.fence, transaction_rows.fence, order_rows.fence) AS fence,
            coalesce(order_ends.updated_at_micros, submitted_at_micros,
                order_rows.updated_at_micros) AS updated_at_micros,
            iif(typeof(amount_in_raw) = 'integer',
                printf('%020u', amount_in_raw), amount_in_raw) AS amount_in_raw,
            iif(typeof(amount_out_raw) = 'integer',
                printf('%020u', amount_out_raw), amount_out_raw) AS amount_out_raw,
            iif(typeof(reserved_lamports) = 'integer',
                printf('%020u', reserved_lamports), reserved_lamports) AS reserved_lamports,
            coalesce(
                iif(typeof(order_ends.spent_lamports) = 'integer',
                    printf('%020u', order_ends.spent_lamports), order_ends.spent_lamports),
                iif(typeof(order_rows.spent_lamports) = 'integer',
                    printf('%020u', order_rows.spent_lamports), order_rows.spent_lamports))
                AS spent_lamports,
            iif(typeof(plan_in_raw) = 'integer',
                printf('%020u', plan_in_raw), plan_in_raw) AS plan_in_raw,
            iif(typeof(expected_out_raw) = 'integer',
                printf('%020u', expected_out_raw), expected_out_raw) AS expected_out_raw,
            iif(typeof(min_amount_out_raw) = 'integer',
                printf('%020u', min_amount_out_raw), min_amount_out_raw) AS min_amount_out_raw,
            iif(typeof(max_amount_in_raw) = 'integer',
                printf('%020u', max_amount_in_raw), max_amount_in_raw) AS max_amount_in_raw,
            iif(typeof(bound_raw) = 'integer', printf('%020u', bound_raw), bound_raw) AS bound_raw,
            iif(typeof(gap_ppb) = 'integer', printf('%020u', gap_ppb), gap_ppb) AS gap_ppb,
            iif(typeof(executed_in_raw) = 'integer',
                printf('%020u', executed_in_raw), executed_in_raw) AS executed_in_raw,
            iif(typeof(executed_out_raw) = 'integer',
                printf('%020u', executed_out_raw), executed_out_raw) AS executed_out_raw,
            iif(typeof(order_ends.network_fee_lamports) = 'integer',
                printf('%020u', order_ends.network_fee_lamports), order_ends.network_fee_lamports) AS network_fee_lamports
        FROM order_rows LEFT JOIN transaction_rows ON transaction_rows.order_number = number
        LEFT JOIN order_ends ON order_ends.order_number = number);

CREATE VIEW fills AS
    SELECT number, order_id, leg, venue, token_in, token_out,
        coalesce(nullif(ltrim(substr(amount_in_raw, 1, 20 - input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_in_raw, 21 - input_decimals), '0'), ''), '')
            AS amount_in,
        coalesce(nullif(ltrim(substr(amount_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_out_raw, 21 - output_decimals), '0'), ''), '')
            AS amount_out,
        price,
        strftime('%Y-%m-%dT%H:%M:%S', at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', at_micros / 1000 % 1000) AS time,
        slot, pool, program, input_mint, output_mint, amount_in_raw, amount_out_raw, fee_raw,
        protocol_fee_raw, fee_mint, network_fee_lamports, at_micros, signature
    FROM (
        SELECT fill_rows.number, id AS order_id, leg, venue, fill_rows.token_in,
            fill_rows.token_out, price, slot, pool, program, fill_rows.input_mint,
            fill_rows.output_mint, fill_rows.input_decimals, fill_rows.output_decimals, fee_mint,
            at_micros, signature,
            iif(typeof(fill_rows.amount_in_raw) = 'integer',
                printf('%020u', fill_rows.amount_in_raw), fill_rows.amount_in_raw) AS amount_in_raw,
            iif(typeof(fill_rows.amount_out_raw) = 'integer',
                printf('%020u', fill_rows.amount_out_raw), fill_rows.amount_out_raw) AS amount_out_raw,
            iif(typeof(fill_rows.fee_raw) = 'integer',
                printf('%020u', fill_rows.fee_raw), fill_rows.fee_raw) AS fee_raw,
            iif(typeof(fill_rows.protocol_fee_raw) = 'integer',
                printf('%020u', fill_rows.protocol_fee_raw), fill_rows.protocol_fee_raw) AS protocol_fee_raw,
            iif(typeof(fill_rows.network_fee_lamports) = 'integer',
                printf('%020u', fill_rows.network_fee_lamports), fill_rows.network_fee_lamports) AS network_fee_lamports
        FROM fill_rows LEFT JOIN order_rows ON order_rows.number = fill_rows.order_number
        LEFT JOIN transaction_rows ON transaction_rows.order_number = fill_rows.order_number);

CREATE VIEW receipts AS
    SELECT order_id, token_in, token_out,
        coalesce(nullif(ltrim(substr(amount_in_raw, 1, 20 - input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_in_raw, 21 - input_decimals), '0'), ''), '')
            AS amount_in,
        coalesce(nullif(ltrim(substr(decision_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(decision_out_raw, 21 - output_decimals), '0'), ''), '')
            AS decision_out,
        coalesce(nullif(ltrim(substr(quoted_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(quoted_out_raw, 21 - output_decimals), '0'), ''), '')
            AS quoted_out,
        coalesce(nullif(ltrim(substr(amount_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(amount_out_raw, 21 - output_decimals), '0'), ''), '')
            AS amount_out,
        iif(delay_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(delay_cost_raw, '-'),
                min(-21, -length(delay_cost_raw)), max(21, length(delay_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(delay_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS delay_cost,
        iif(price_impact_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(price_impact_cost_raw, '-'),
                min(-21, -length(price_impact_cost_raw)), max(21, length(price_impact_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(price_impact_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS price_impact_cost,
        iif(lp_fees_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(lp_fees_cost_raw, '-'),
                min(-21, -length(lp_fees_cost_raw)), max(21, length(lp_fees_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(lp_fees_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS lp_fees_cost,
        iif(protocol_fees_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(protocol_fees_cost_raw, '-'),
                min(-21, -length(protocol_fees_cost_raw)), max(21, length(protocol_fees_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(protocol_fees_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS protocol_fees_cost,
        iif(transfer_fees_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(transfer_fees_cost_raw, '-'),
                min(-21, -length(transfer_fees_cost_raw)), max(21, length(transfer_fees_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(transfer_fees_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS transfer_fees_cost,
        iif(sandwich_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(sandwich_cost_raw, '-'),
                min(-21, -length(sandwich_cost_raw)), max(21, length(sandwich_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(sandwich_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS sandwich_cost,
        iif(network_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(network_cost_raw, '-'),
                min(-21, -length(network_cost_raw)), max(21, length(network_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(network_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS network_cost,
        iif(shortfall_cost_raw GLOB '-*', '-', '')
            || coalesce(nullif(ltrim(substr('00000000000000000000' || ltrim(shortfall_cost_raw, '-'),
                min(-21, -length(shortfall_cost_raw)), max(21, length(shortfall_cost_raw)) - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(substr('00000000000000000000'
                || ltrim(shortfall_cost_raw, '-'), -20), 21 - output_decimals), '0'), ''), '')
            AS shortfall,
        input_mint, output_mint, amount_in_raw,
        decision_slot, landing_slot, confirmed_slot, finalized_slot, landed_at_micros,
        decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw,
        amount_out_raw, network_fee_lamports, delay_cost_raw,
        price_impact_cost_raw, lp_fees_cost_raw, protocol_fees_cost_raw, transfer_fees_cost_raw,
        sandwich_cost_raw, network_cost_raw, shortfall_cost_raw, compared, best_raydium_out_raw,
        best_meteora_out_raw, full_route_out_raw,
        iif(markout_1s_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(markout_1s_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(markout_1s_out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_1s_out,
        markout_1s_out_raw,
        markout_1s_after_millis,
        iif(markout_5s_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(markout_5s_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(markout_5s_out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_5s_out,
        markout_5s_out_raw,
        markout_5s_after_millis,
        iif(markout_30s_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(markout_30s_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(markout_30s_out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_30s_out,
        markout_30s_out_raw,
        markout_30s_after_millis,
        iif(markout_60s_out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(markout_60s_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(markout_60s_out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_60s_out,
        markout_60s_out_raw,
        markout_60s_after_millis
    FROM (
        SELECT id AS order_id, token_in, token_out, input_decimals, output_decimals,
            receipt_rows.input_mint, receipt_rows.output_mint, decision_slot, landing_slot,
            confirmed_slot, finalized_slot, landed_at_micros, delay_cost_raw,
            price_impact_cost_raw, lp_fees_cost_raw, protocol_fees_cost_raw,
            transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw, shortfall_cost_raw,
            compared,
            iif(typeof(receipt_rows.amount_in_raw) = 'integer',
                printf('%020u', receipt_rows.amount_in_raw), receipt_rows.amount_in_raw) AS amount_in_raw,
            iif(typeof(receipt_rows.decision_out_raw) = 'integer',
                printf('%020u', receipt_rows.decision_out_raw), receipt_rows.decision_out_raw) AS decision_out_raw,
            iif(typeof(receipt_rows.quoted_out_raw) = 'integer',
                printf('%020u', receipt_rows.quoted_out_raw), receipt_rows.quoted_out_raw) AS quoted_out_raw,
            iif(typeof(receipt_rows.landing_out_raw) = 'integer',
                printf('%020u', receipt_rows.landing_out_raw), receipt_rows.landing_out_raw) AS landing_out_raw,
            iif(typeof(receipt_rows.unsandwiched_out_raw) = 'integer',
                printf('%020u', receipt_rows.unsandwiched_out_raw), receipt_rows.unsandwiched_out_raw) AS unsandwiched_out_raw,
            iif(typeof(receipt_rows.amount_out_raw) = 'integer',
                printf('%020u', receipt_rows.amount_out_raw), receipt_rows.amount_out_raw) AS amount_out_raw,
            iif(typeof(receipt_rows.network_fee_lamports) = 'integer',
                printf('%020u', receipt_rows.network_fee_lamports), receipt_rows.network_fee_lamports) AS network_fee_lamports,
            iif(typeof(receipt_rows.best_raydium_out_raw) = 'integer',
                printf('%020u', receipt_rows.best_raydium_out_raw), receipt_rows.best_raydium_out_raw) AS best_raydium_out_raw,
            iif(typeof(receipt_rows.best_meteora_out_raw) = 'integer',
                printf('%020u', receipt_rows.best_meteora_out_raw), receipt_rows.best_meteora_out_raw) AS best_meteora_out_raw,
            iif(typeof(receipt_rows.full_route_out_raw) = 'integer',
                printf('%020u', receipt_rows.full_route_out_raw), receipt_rows.full_route_out_raw) AS full_route_out_raw,
            iif(typeof(after_1s.out_raw) = 'integer', printf('%020u', after_1s.out_raw), after_1s.out_raw)
                AS markout_1s_out_raw,
            after_1s.after_millis AS markout_1s_after_millis,
            iif(typeof(after_5s.out_raw) = 'integer', printf('%020u', after_5s.out_raw), after_5s.out_raw)
                AS markout_5s_out_raw,
            after_5s.after_millis AS markout_5s_after_millis,
            iif(typeof(after_30s.out_raw) = 'integer', printf('%020u', after_30s.out_raw), after_30s.out_raw)
                AS markout_30s_out_raw,
            after_30s.after_millis AS markout_30s_after_millis,
            iif(typeof(after_60s.out_raw) = 'integer', printf('%020u', after_60s.out_raw), after_60s.out_raw)
                AS markout_60s_out_raw,
            after_60s.after_millis AS markout_60s_after_millis
        FROM receipt_rows LEFT JOIN order_rows ON order_rows.number = order_number
        LEFT JOIN markout_rows AS after_1s
            ON after_1s.seconds = 1 AND after_1s.receipt_number = receipt_rows.number
        LEFT JOIN markout_rows AS after_5s
            ON after_5s.seconds = 5 AND after_5s.receipt_number = receipt_rows.number
        LEFT JOIN markout_rows AS after_30s
            ON after_30s.seconds = 30 AND after_30s.receipt_number = receipt_rows.number
        LEFT JOIN markout_rows AS after_60s
            ON after_60s.seconds = 60 AND after_60s.receipt_number = receipt_rows.number);

CREATE VIEW transactions AS
    SELECT id AS order_id, transaction_rows.attempt, transaction_rows.fence, signature,
        transaction_rows.mode, legs,
        iif(typeof(plan_in_raw) = 'integer',
            printf('%020u', plan_in_raw), plan_in_raw) AS plan_in_raw,
        iif(typeof(expected_out_raw) = 'integer',
            printf('%020u', expected_out_raw), expected_out_raw) AS expected_out_raw,
        iif(typeof(min_amount_out_raw) = 'integer',
            printf('%020u', min_amount_out_raw), min_amount_out_raw) AS min_amount_out_raw,
        iif(typeof(max_amount_in_raw) = 'integer',
            printf('%020u', max_amount_in_raw), max_amount_in_raw) AS max_amount_in_raw,
        iif(typeof(bound_raw) = 'integer', printf('%020u', bound_raw), bound_raw) AS bound_raw,
        iif(typeof(gap_ppb) = 'integer', printf('%020u', gap_ppb), gap_ppb) AS gap_ppb,
        iif(typeof(decision_out_raw) = 'integer',
            printf('%020u', decision_out_raw), decision_out_raw) AS decision_out_raw,
        compute_unit_limit,
        iif(typeof(compute_unit_price) = 'integer',
            printf('%020u', compute_unit_price), compute_unit_price) AS compute_unit_price,
        iif(typeof(tip_lamports) = 'integer',
            printf('%020u', tip_lamports), tip_lamports) AS tip_lamports,
        iif(typeof(network_fee_lamports) = 'integer',
            printf('%020u', network_fee_lamports), network_fee_lamports) AS network_fee_lamports,
        snapshot_slot, last_valid_block_height, sent_at_micros, arrives_at_micros
    FROM transaction_rows JOIN order_rows ON number = order_number;

CREATE VIEW outbox AS
    SELECT id AS order_id, outbox_rows.attempt, at_micros, failures, parked_at_micros, begun
    FROM outbox_rows JOIN order_rows ON number = order_number
    WHERE NOT EXISTS (SELECT 1 FROM transaction_rows
        WHERE transaction_rows.order_number = outbox_rows.order_number);

PRAGMA legacy_alter_table = OFF;
