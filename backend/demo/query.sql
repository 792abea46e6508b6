SELECT
    t.trade_id, t.trade_ref, t.action, t.own_side, t.capacity, t.client_id, t.counterparty_id,
    t.is_aggregated, t.is_counterparty_aggregated, t.counterparty_mic, t.is_discretionary,
    t.order_country, t.is_order_passed_on, transmitter.lei AS transmitter_lei,
    t.executed_at, t.quantity_type, t.quantity, t.quantity_currency, t.notional_change,
    t.price_form, t.price, t.price_currency, t.net_amount,
    t.venue, t.venue_trade_id, t.membership_country, t.upfront_amount, t.upfront_currency, t.package_id,
    t.is_client_directed, t.waivers, t.otc_flags, t.short_sale, t.is_commodity_hedge, t.is_securities_financing,
    e.lei AS entity_lei, e.submitter_lei, e.is_investment_firm,
    buying.party_type AS buying_type, buying.lei AS buying_lei,
    buying.first_names AS buying_first_names, buying.surnames AS buying_surnames,
    buying.birth_date AS buying_birth_date, buying.nationality AS buying_nationality,
    buying.id_type AS buying_id_type, buying.id_number AS buying_id_number, buying.short_name_key AS buying_name_key,
    selling.party_type AS selling_type, selling.lei AS selling_lei,
    selling.first_names AS selling_first_names, selling.surnames AS selling_surnames,
    selling.birth_date AS selling_birth_date, selling.nationality AS selling_nationality,
    selling.id_type AS selling_id_type, selling.id_number AS selling_id_number, selling.short_name_key AS selling_name_key,
    joint.client_id AS joint_client_id, joint.first_names AS joint_first_names, joint.surnames AS joint_surnames,
    joint.birth_date AS joint_birth_date, joint.nationality AS joint_nationality,
    joint.id_type AS joint_id_type, joint.id_number AS joint_id_number, joint.short_name_key AS joint_name_key,
    buying_agent.party_type AS buying_agent_type, buying_agent.lei AS buying_agent_lei,
    buying_agent.first_names AS buying_agent_first_names, buying_agent.surnames AS buying_agent_surnames,
    buying_agent.birth_date AS buying_agent_birth_date, buying_agent.nationality AS buying_agent_nationality,
    buying_agent.id_type AS buying_agent_id_type, buying_agent.id_number AS buying_agent_id_number,
    buying_agent.short_name_key AS buying_agent_name_key,
    selling_agent.party_type AS selling_agent_type, selling_agent.lei AS selling_agent_lei,
    selling_agent.first_names AS selling_agent_first_names, selling_agent.surnames AS selling_agent_surnames,
    selling_agent.birth_date AS selling_agent_birth_date, selling_agent.nationality AS selling_agent_nationality,
    selling_agent.id_type AS selling_agent_id_type, selling_agent.id_number AS selling_agent_id_number,
    selling_agent.short_name_key AS selling_agent_name_key,
    i.isin, i.in_reference_data, i.full_name, i.cfi, i.asset_class, i.notional_currency, i.other_notional_currency,
    i.multiplier, i.underlying_type, i.underlying_isin, i.index_isin, i.index_name, i.index_tenor, i.second_index_name,
    i.received_isin, i.received_index_name, i.received_index_tenor, i.received_second_index_name,
    i.paid_isin, i.paid_index_name, i.paid_index_tenor, i.paid_second_index_name,
    underlying_basket.isins AS underlying_basket_isins, received_basket.isins AS received_basket_isins,
    paid_basket.isins AS paid_basket_isins,
    i.option_kind, i.strike_form, i.strike, i.strike_currency, i.exercise, i.maturity_date, i.expiry_date, i.settlement,
    decider.nationality AS decider_nationality, decider.birth_date AS decider_birth_date,
    decider.id_type AS decider_id_type, decider.id_number AS decider_id_number,
    decider.short_name_key AS decider_name_key, decider.branch_country AS decider_branch,
    deciding_code.code AS deciding_algorithm,
    trader.nationality AS trader_nationality, trader.birth_date AS trader_birth_date,
    trader.id_type AS trader_id_type, trader.id_number AS trader_id_number,
    trader.short_name_key AS trader_name_key, trader.branch_country AS trader_branch,
    executing_code.code AS executing_algorithm
FROM trading.trades t
JOIN trading.entities e ON e.entity_id = t.entity_id
JOIN trading.instruments i ON i.instrument_id = t.instrument_id
LEFT JOIN trading.clients buying
    ON buying.client_id = CASE t.own_side WHEN 'BUY' THEN t.client_id ELSE t.counterparty_id END
LEFT JOIN trading.clients selling
    ON selling.client_id = CASE t.own_side WHEN 'SELL' THEN t.client_id ELSE t.counterparty_id END
LEFT JOIN trading.clients buying_agent ON buying_agent.client_id = buying.representative_id
LEFT JOIN trading.clients selling_agent ON selling_agent.client_id = selling.representative_id
LEFT JOIN trading.clients joint ON joint.client_id = t.joint_client_id
LEFT JOIN trading.clients transmitter ON transmitter.client_id = t.transmitter_id
LEFT JOIN trading.traders decider ON decider.trader_id = t.decision_trader_id
LEFT JOIN trading.algorithms deciding_code ON deciding_code.algorithm_id = t.decision_algorithm_id
LEFT JOIN trading.traders trader ON trader.trader_id = t.execution_trader_id
LEFT JOIN trading.algorithms executing_code ON executing_code.algorithm_id = t.execution_algorithm_id
LEFT JOIN (
    SELECT instrument_id, string_agg(isin, ',' ORDER BY position) AS isins
    FROM trading.basket_constituents WHERE basket = 'underlying' GROUP BY instrument_id
) underlying_basket ON underlying_basket.instrument_id = t.instrument_id
LEFT JOIN (
    SELECT instrument_id, string_agg(isin, ',' ORDER BY position) AS isins
    FROM trading.basket_constituents WHERE basket = 'received' GROUP BY instrument_id
) received_basket ON received_basket.instrument_id = t.instrument_id
LEFT JOIN (
    SELECT instrument_id, string_agg(isin, ',' ORDER BY position) AS isins
    FROM trading.basket_constituents WHERE basket = 'paid' GROUP BY instrument_id
) paid_basket ON paid_basket.instrument_id = t.instrument_id
WHERE t.trade_date = :reporting_date
ORDER BY t.trade_id
