-- Lean rows: what can be told from other columns is not stored. The tables that grow have exact
-- columns only; views of the old names have the decimals, times and plans as well. Plans stand once,
-- with the transaction that they became; events name their order by its number. Foreign keys are
-- gone: each cost a search a row, the ledger writes nothing that lacks its order, and verify looks.

-- What the mints' decimals are, by the amounts that were written both ways.
CREATE TABLE mint_decimals AS
    WITH RECURSIVE digits (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 20)
    SELECT mint, max(d) AS decimals FROM wallet, digits
    WHERE amount_raw > '00000000000000000000' AND amount =
        coalesce(nullif(ltrim(substr(amount_raw, 1, 20 - d), '0'), ''), '0')
        || coalesce('.' || nullif(rtrim(substr(amount_raw, 21 - d), '0'), ''), '')
    GROUP BY mint;

CREATE TABLE order_rows (
    number                INTEGER PRIMARY KEY NOT NULL,  -- by admission
    id                    TEXT NOT NULL UNIQUE,          -- grows with time
    status                TEXT NOT NULL CHECK (status = 'pending' OR status = 'routing'
                              OR status = 'building' OR status = 'submitted'
                              OR status = 'confirmed' OR status = 'failed'
                              OR status = 'cancelled'),
    side                  TEXT NOT NULL,
    token_in              TEXT NOT NULL,
    token_out             TEXT NOT NULL,
    type                  TEXT NOT NULL,
    input_mint            TEXT NOT NULL,
    output_mint           TEXT NOT NULL,
    input_decimals        INTEGER NOT NULL,
    output_decimals       INTEGER NOT NULL,
    mode                  TEXT NOT NULL CHECK (mode = 'exactIn' OR mode = 'exactOut'),
    amount_in_raw         TEXT NOT NULL,
    amount_out_raw        TEXT NOT NULL,  -- exactOut: what is to arrive
    slippage_bps          INTEGER NOT NULL,
    route                 TEXT NOT NULL,  -- JSON
    on_revert             TEXT NOT NULL CHECK (on_revert = 'fail' OR on_revert = 'requote'),
    deadline_micros       INTEGER,
    idempotency_key       TEXT,
    reserved_lamports     TEXT NOT NULL,
    created_at_micros     INTEGER NOT NULL,
    created_slot          INTEGER NOT NULL,
    attempt               INTEGER NOT NULL,
    fence                 INTEGER NOT NULL,
    updated_at_micros     INTEGER NOT NULL,
    spent_lamports        TEXT NOT NULL,  -- of those reserved: fees of attempts that reverted
    price                 TEXT,           -- confirmed: token_out for one token_in
    executed_in_raw       TEXT,
    executed_out_raw      TEXT,
    network_fee_lamports  TEXT,
    executed_slot         INTEGER,
    failure_reason        TEXT,           -- failed
    failure_program       TEXT,
    failure_code          INTEGER,
    error                 TEXT            -- failed: why, and what to do next
) STRICT;

INSERT INTO order_rows (id, status, side, token_in, token_out, type, input_mint, output_mint,
    input_decimals, output_decimals, mode, amount_in_raw, amount_out_raw, slippage_bps, route,
    on_revert, deadline_micros, idempotency_key, reserved_lamports, created_at_micros, created_slot,
    attempt, fence, updated_at_micros, spent_lamports, price, executed_in_raw, executed_out_raw,
    network_fee_lamports, executed_slot, failure_reason, failure_program, failure_code, error)
SELECT id, status, side, token_in, token_out, type, input_mint, output_mint,
    coalesce((SELECT decimals FROM mint_decimals WHERE mint = input_mint), 0),
    coalesce((SELECT decimals FROM mint_decimals WHERE mint = output_mint), 0),
    mode, amount_in_raw, amount_out_raw, slippage_bps, route,
    on_revert, deadline_micros, idempotency_key, reserved_lamports, created_at_micros, created_slot,
    attempt, fence, updated_at_micros, spent_lamports, price, executed_in_raw, executed_out_raw,
    network_fee_lamports, executed_slot, failure_reason, failure_program, failure_code, error
FROM orders ORDER BY id;

-- The newest transaction of each order that was sent, with the plan that it came from. It is under
-- way while its order is submitted; where the order is planned anew it goes.
CREATE TABLE new_transactions (
    order_id                 TEXT PRIMARY KEY NOT NULL,
    attempt                  INTEGER NOT NULL,
    fence                    INTEGER NOT NULL,
    signature                TEXT NOT NULL,
    mode                     TEXT NOT NULL CHECK (mode = 'exactIn' OR mode = 'exactOut'),
    legs                     TEXT NOT NULL,  -- JSON
    plan_in_raw              TEXT NOT NULL,
    expected_out_raw         TEXT NOT NULL,
    min_amount_out_raw       TEXT NOT NULL,
    max_amount_in_raw        TEXT NOT NULL,
    bound_raw                TEXT NOT NULL,  -- what no plan could beat
    gap_ppb                  TEXT NOT NULL,  -- 20 digits, as the _raw columns
    decision_out_raw         TEXT NOT NULL,
    compute_unit_limit       INTEGER NOT NULL,
    compute_unit_price       TEXT NOT NULL,  -- micro-lamports, 20 digits
    tip_lamports             TEXT NOT NULL,
    network_fee_lamports     TEXT NOT NULL,
    snapshot_slot            INTEGER NOT NULL,
    last_valid_block_height  INTEGER NOT NULL,
    sent_at_micros           INTEGER NOT NULL,
    arrives_at_micros        INTEGER NOT NULL
) STRICT;

-- Of those that have ended, the order has kept the plan.
INSERT INTO new_transactions
SELECT id, orders.attempt, orders.fence, orders.signature, orders.mode,
    coalesce(legs, plan_legs_json), plan_in_raw, plan_expected_out_raw, plan_min_out_raw,
    plan_max_in_raw, plan_bound_raw, plan_gap_ppb,
    coalesce(transactions.decision_out_raw, plan_expected_out_raw),
    coalesce(compute_unit_limit, 0), coalesce(compute_unit_price, '00000000000000000000'),
    coalesce(tip_lamports, '00000000000000000000'),
    coalesce(transactions.network_fee_lamports, '00000000000000000000'),
    coalesce(snapshot_slot, 0), coalesce(last_valid_block_height, 0), coalesce(sent_at_micros, 0),
    coalesce(arrives_at_micros, 0)
FROM orders LEFT JOIN transactions ON order_id = id
WHERE orders.signature IS NOT NULL AND plan_legs_json IS NOT NULL ORDER BY id;

-- Every transition, in the order of commits: 1, 2, … without gaps.
CREATE TABLE event_rows (
    seq             INTEGER PRIMARY KEY NOT NULL,
    order_number    INTEGER NOT NULL,
    status          TEXT NOT NULL,
    slot            INTEGER NOT NULL,
    detail          TEXT NOT NULL,
    at_micros       INTEGER NOT NULL,
    previous_sha256 ANY NOT NULL  -- 32 bytes; of earlier versions hex, or '' where there was none
) STRICT;

INSERT INTO event_rows
SELECT seq, coalesce((SELECT number FROM order_rows WHERE id = order_id), 0), status, slot, detail,
    at_micros, previous_sha256
FROM order_events ORDER BY seq;

-- What confirmed orders got: one row a swap.
CREATE TABLE fill_rows (
    number               INTEGER PRIMARY KEY NOT NULL,
    order_id             TEXT NOT NULL,
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
    UNIQUE (order_id, leg)
) STRICT;

INSERT INTO fill_rows
SELECT number, order_id, leg, venue, token_in, token_out, price, slot, pool, program, input_mint,
    output_mint, coalesce((SELECT decimals FROM mint_decimals WHERE mint = input_mint), 0),
    coalesce((SELECT decimals FROM mint_decimals WHERE mint = output_mint), 0),
    amount_in_raw, amount_out_raw, fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports,
    at_micros
FROM fills ORDER BY number;

-- What each confirmed order cost, and why; by landing.
CREATE TABLE receipt_rows (
    number                   INTEGER PRIMARY KEY NOT NULL,
    order_number             INTEGER NOT NULL UNIQUE,
    input_mint               TEXT NOT NULL,
    output_mint              TEXT NOT NULL,
    amount_in_raw            TEXT NOT NULL,
    decision_slot            INTEGER NOT NULL,
    landing_slot             INTEGER NOT NULL,
    confirmed_slot           INTEGER NOT NULL,  -- the landing's slot is confirmed from this one on
    finalized_slot           INTEGER NOT NULL,
    landed_at_micros         INTEGER NOT NULL,  -- of the chain's clock
    decision_out_raw         TEXT NOT NULL,
    quoted_out_raw           TEXT NOT NULL,
    landing_out_raw          TEXT NOT NULL,
    unsandwiched_out_raw     TEXT NOT NULL,
    amount_out_raw           TEXT NOT NULL,
    network_fee_lamports     TEXT NOT NULL,
    delay_cost_raw           TEXT NOT NULL,
    price_impact_cost_raw    TEXT NOT NULL,
    lp_fees_cost_raw         TEXT NOT NULL,
    protocol_fees_cost_raw   TEXT NOT NULL,
    transfer_fees_cost_raw   TEXT NOT NULL,
    sandwich_cost_raw        TEXT NOT NULL,
    network_cost_raw         TEXT NOT NULL,
    shortfall_cost_raw       TEXT NOT NULL,     -- all parts together
    compared                 INTEGER NOT NULL,  -- 1: other routes were looked at
    best_raydium_out_raw     TEXT,              -- empty: no such route
    best_meteora_out_raw     TEXT,
    full_route_out_raw       TEXT
) STRICT;

-- Added when their time has come, by seconds after the landing.
CREATE TABLE markout_rows (
    seconds        INTEGER NOT NULL,
    receipt_number INTEGER NOT NULL,
    out_raw        TEXT NOT NULL,
    after_millis   INTEGER NOT NULL,
    PRIMARY KEY (seconds, receipt_number)
) STRICT, WITHOUT ROWID;

-- The shortfall stood there as a decimal only, without the zeros at its end.
INSERT INTO receipt_rows
SELECT NULL, (SELECT number FROM order_rows WHERE id = order_id), input_mint, output_mint,
    amount_in_raw, decision_slot, landing_slot, confirmed_slot, finalized_slot, landed_at_micros,
    decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw, amount_out_raw,
    network_fee_lamports, delay_cost_raw, price_impact_cost_raw, lp_fees_cost_raw,
    protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw,
    iif(shortfall GLOB '-*', '-', '') || coalesce(nullif(ltrim(
        replace(ltrim(shortfall, '-'), '.', '') || substr('00000000000000000000', 1,
            coalesce(decimals, 0) - iif(instr(shortfall, '.') = 0, 0,
                                        length(shortfall) - instr(shortfall, '.'))), '0'), ''), '0'),
    compared, best_raydium_out_raw, best_meteora_out_raw, full_route_out_raw
FROM receipts LEFT JOIN mint_decimals ON mint = output_mint ORDER BY landed_at_micros, order_id;

INSERT INTO markout_rows
SELECT 1, receipt_rows.number, markout_1s_out_raw, markout_1s_after_millis
    FROM receipt_rows JOIN order_rows ON order_rows.number = order_number
    JOIN receipts ON order_id = id WHERE markout_1s_out_raw IS NOT NULL
UNION ALL SELECT 5, receipt_rows.number, markout_5s_out_raw, markout_5s_after_millis
    FROM receipt_rows JOIN order_rows ON order_rows.number = order_number
    JOIN receipts ON order_id = id WHERE markout_5s_out_raw IS NOT NULL
UNION ALL SELECT 30, receipt_rows.number, markout_30s_out_raw, markout_30s_after_millis
    FROM receipt_rows JOIN order_rows ON order_rows.number = order_number
    JOIN receipts ON order_id = id WHERE markout_30s_out_raw IS NOT NULL
UNION ALL SELECT 60, receipt_rows.number, markout_60s_out_raw, markout_60s_after_millis
    FROM receipt_rows JOIN order_rows ON order_rows.number = order_number
    JOIN receipts ON order_id = id WHERE markout_60s_out_raw IS NOT NULL
ORDER BY 1, 2;

CREATE TABLE new_outbox (
    order_id         TEXT PRIMARY KEY NOT NULL,
    attempt          INTEGER NOT NULL,
    at_micros        INTEGER NOT NULL,
    failures         INTEGER NOT NULL DEFAULT 0,
    parked_at_micros INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO new_outbox SELECT order_id, attempt, at_micros, failures, parked_at_micros FROM outbox;

DROP TABLE mint_decimals;
DROP TABLE receipts;
DROP TABLE fills;
DROP TABLE transactions;
DROP TABLE outbox;
DROP TABLE order_events;
DROP TABLE orders;
ALTER TABLE new_transactions RENAME TO transactions;
ALTER TABLE new_outbox RENAME TO outbox;

CREATE UNIQUE INDEX orders_by_idempotency_key ON order_rows (idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- Those that are not sent are in the outbox.
CREATE INDEX orders_submitted ON order_rows (id) WHERE status = 'submitted';
CREATE INDEX orders_unfilled ON order_rows (status, id)
    WHERE status = 'failed' OR status = 'cancelled';
CREATE INDEX events_by_order ON event_rows (order_number);

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
        error, signature, type, input_mint, output_mint, order_rows.mode, amount_in_raw,
        amount_out_raw, slippage_bps, route, on_revert, deadline_micros, order_rows.attempt,
        order_rows.fence, reserved_lamports, spent_lamports, created_at_micros, updated_at_micros,
        created_slot, json_extract(legs, '$[0].pool') AS plan_pool,
        json_extract(legs, '$[0].program') AS plan_program,
        json_array_length(legs) AS plan_legs, legs AS plan_legs_json, plan_in_raw,
        expected_out_raw AS plan_expected_out_raw, min_amount_out_raw AS plan_min_out_raw,
        max_amount_in_raw AS plan_max_in_raw, bound_raw AS plan_bound_raw, gap_ppb AS plan_gap_ppb,
        executed_in_raw, executed_out_raw, order_rows.network_fee_lamports, executed_slot,
        failure_reason, failure_program, failure_code, idempotency_key, number
    FROM order_rows LEFT JOIN transactions ON order_id = id;

CREATE VIEW order_events AS
    SELECT seq, id AS order_id, event_rows.status, slot,
        strftime('%Y-%m-%dT%H:%M:%S', at_micros / 1000000, 'unixepoch')
            || printf('.%03dZ', at_micros / 1000 % 1000) AS time,
        detail, at_micros,
        iif(typeof(previous_sha256) = 'blob', lower(hex(previous_sha256)), previous_sha256)
            AS previous_sha256
    FROM event_rows LEFT JOIN order_rows ON number = order_number;

CREATE VIEW fills AS
    SELECT number, fill_rows.order_id, leg, venue, token_in, token_out,
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
        protocol_fee_raw, fee_mint, fill_rows.network_fee_lamports, at_micros, signature
    FROM fill_rows LEFT JOIN transactions ON transactions.order_id = fill_rows.order_id;

CREATE VIEW receipts AS
    SELECT id AS order_id, token_in, token_out,
        coalesce(nullif(ltrim(substr(receipt_rows.amount_in_raw, 1, 20 - input_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(receipt_rows.amount_in_raw, 21 - input_decimals), '0'), ''), '')
            AS amount_in,
        coalesce(nullif(ltrim(substr(decision_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(decision_out_raw, 21 - output_decimals), '0'), ''), '')
            AS decision_out,
        coalesce(nullif(ltrim(substr(quoted_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(quoted_out_raw, 21 - output_decimals), '0'), ''), '')
            AS quoted_out,
        coalesce(nullif(ltrim(substr(receipt_rows.amount_out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(receipt_rows.amount_out_raw, 21 - output_decimals), '0'), ''), '')
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
        receipt_rows.input_mint, receipt_rows.output_mint, receipt_rows.amount_in_raw,
        decision_slot, landing_slot, confirmed_slot, finalized_slot, landed_at_micros,
        decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw,
        receipt_rows.amount_out_raw, receipt_rows.network_fee_lamports, delay_cost_raw,
        price_impact_cost_raw, lp_fees_cost_raw, protocol_fees_cost_raw, transfer_fees_cost_raw,
        sandwich_cost_raw, network_cost_raw, shortfall_cost_raw, compared, best_raydium_out_raw,
        best_meteora_out_raw, full_route_out_raw,
        iif(after_1s.out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(after_1s.out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(after_1s.out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_1s_out,
        after_1s.out_raw AS markout_1s_out_raw,
        after_1s.after_millis AS markout_1s_after_millis,
        iif(after_5s.out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(after_5s.out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(after_5s.out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_5s_out,
        after_5s.out_raw AS markout_5s_out_raw,
        after_5s.after_millis AS markout_5s_after_millis,
        iif(after_30s.out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(after_30s.out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(after_30s.out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_30s_out,
        after_30s.out_raw AS markout_30s_out_raw,
        after_30s.after_millis AS markout_30s_after_millis,
        iif(after_60s.out_raw IS NULL, NULL,
            coalesce(nullif(ltrim(substr(after_60s.out_raw, 1, 20 - output_decimals), '0'), ''), '0')
            || coalesce('.' || nullif(rtrim(substr(after_60s.out_raw, 21 - output_decimals), '0'), ''), ''))
            AS markout_60s_out,
        after_60s.out_raw AS markout_60s_out_raw,
        after_60s.after_millis AS markout_60s_after_millis
    FROM receipt_rows LEFT JOIN order_rows ON order_rows.number = order_number
    LEFT JOIN markout_rows AS after_1s
        ON after_1s.seconds = 1 AND after_1s.receipt_number = receipt_rows.number
    LEFT JOIN markout_rows AS after_5s
        ON after_5s.seconds = 5 AND after_5s.receipt_number = receipt_rows.number
    LEFT JOIN markout_rows AS after_30s
        ON after_30s.seconds = 30 AND after_30s.receipt_number = receipt_rows.number
    LEFT JOIN markout_rows AS after_60s
        ON after_60s.seconds = 60 AND after_60s.receipt_number = receipt_rows.number;
