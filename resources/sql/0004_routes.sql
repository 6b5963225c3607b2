-- How an order may be routed, and the whole plan: its legs, what no plan could beat, and the gap.
ALTER TABLE orders ADD COLUMN mode TEXT NOT NULL DEFAULT 'exactIn'
    CHECK (mode IN ('exactIn', 'exactOut'));
ALTER TABLE orders ADD COLUMN amount_out_raw TEXT NOT NULL DEFAULT '00000000000000000000';
ALTER TABLE orders ADD COLUMN route TEXT NOT NULL DEFAULT '{"maxHops":3,"scope":"single"}';  -- JSON
ALTER TABLE orders ADD COLUMN plan_legs_json TEXT;  -- from building on
ALTER TABLE orders ADD COLUMN plan_in_raw TEXT;
ALTER TABLE orders ADD COLUMN plan_max_in_raw TEXT;
ALTER TABLE orders ADD COLUMN plan_bound_raw TEXT;
ALTER TABLE orders ADD COLUMN plan_gap_ppb TEXT;

-- Orders of earlier versions went through one pool; what no plan could beat was not asked.
UPDATE orders SET
    plan_legs_json = json_array(json_object('pool', plan_pool, 'program', plan_program,
        'inputMint', input_mint, 'outputMint', output_mint,
        'amountInRaw', CASE WHEN amount_in_raw = '00000000000000000000' THEN '0'
                            ELSE ltrim(amount_in_raw, '0') END,
        'amountOutRaw', CASE WHEN plan_expected_out_raw = '00000000000000000000' THEN '0'
                             ELSE ltrim(plan_expected_out_raw, '0') END)),
    plan_in_raw = amount_in_raw,
    plan_max_in_raw = amount_in_raw,
    plan_bound_raw = plan_expected_out_raw,
    plan_gap_ppb = '00000000000000000000'
WHERE plan_pool IS NOT NULL;

ALTER TABLE transactions ADD COLUMN mode TEXT NOT NULL DEFAULT 'exactIn'
    CHECK (mode IN ('exactIn', 'exactOut'));
ALTER TABLE transactions ADD COLUMN max_amount_in_raw TEXT NOT NULL DEFAULT '00000000000000000000';
