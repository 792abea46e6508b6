ALTER TABLE trading.entities ADD PRIMARY KEY (entity_id);
ALTER TABLE trading.clients ADD PRIMARY KEY (client_id);
ALTER TABLE trading.traders ADD PRIMARY KEY (trader_id);
ALTER TABLE trading.algorithms ADD PRIMARY KEY (algorithm_id);
ALTER TABLE trading.instruments ADD PRIMARY KEY (instrument_id);
ALTER TABLE trading.basket_constituents ADD PRIMARY KEY (instrument_id, basket, position);
ALTER TABLE trading.trades ADD PRIMARY KEY (trade_id);
CREATE INDEX trades_by_date ON trading.trades (trade_date, trade_id);
ANALYZE trading.entities, trading.clients, trading.traders, trading.algorithms, trading.instruments,
    trading.basket_constituents, trading.trades;
