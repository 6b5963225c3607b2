-- What the input was worth at the mid price when it was planned, in output base units. Of what was
-- under way at the upgrade only the quote is known.
ALTER TABLE transactions ADD COLUMN decision_out_raw TEXT NOT NULL
    DEFAULT '00000000000000000000';
UPDATE transactions SET decision_out_raw = expected_out_raw;

-- What each confirmed order cost, and why: one row an order, written with its slot. Columns that
-- end in _cost_raw are base units of the output as signed digits; decision_out_raw less all of them
-- is what arrived, net of the network's fees. Markouts are filled in when their time comes, by the
-- chain's clock, which stands still while nobody runs it; _after_millis is when that was.
CREATE TABLE receipts (
    order_id                 TEXT PRIMARY KEY NOT NULL REFERENCES orders (id),
    token_in                 TEXT NOT NULL,
    token_out                TEXT NOT NULL,
    amount_in                TEXT NOT NULL,
    decision_out             TEXT NOT NULL,
    quoted_out               TEXT NOT NULL,
    amount_out               TEXT NOT NULL,
    delay_cost               TEXT NOT NULL,
    price_impact_cost        TEXT NOT NULL,
    lp_fees_cost             TEXT NOT NULL,
    protocol_fees_cost       TEXT NOT NULL,
    transfer_fees_cost       TEXT NOT NULL,
    sandwich_cost            TEXT NOT NULL,
    network_cost             TEXT NOT NULL,
    shortfall                TEXT NOT NULL,
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
    compared                 INTEGER NOT NULL,  -- 1: other routes were looked at
    best_raydium_out_raw     TEXT,              -- empty: no such route
    best_meteora_out_raw     TEXT,
    full_route_out_raw       TEXT,
    markout_1s_out           TEXT,
    markout_5s_out           TEXT,
    markout_30s_out          TEXT,
    markout_60s_out          TEXT,
    markout_1s_out_raw       TEXT,
    markout_1s_after_millis  INTEGER,
    markout_5s_out_raw       TEXT,
    markout_5s_after_millis  INTEGER,
    markout_30s_out_raw      TEXT,
    markout_30s_after_millis INTEGER,
    markout_60s_out_raw      TEXT,
    markout_60s_after_millis INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX receipts_owed ON receipts (order_id) WHERE markout_60s_out_raw IS NULL;

-- All that the chain remembers beside pools and transactions, at the slot that stands in meta:
-- its clock, fee market, prices, what its traders have, what waits for a leader.
CREATE TABLE chain_state (
    only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    data BLOB NOT NULL
) STRICT;
