-- The demo's source database: what a bank's trade store and static tables look like. Column meanings: README.md.
-- Indexes and keys are added after loading (source_keys.sql).
DROP SCHEMA IF EXISTS trading CASCADE;
CREATE SCHEMA trading;

CREATE TABLE trading.entities (
    entity_id          integer NOT NULL,
    name               text    NOT NULL,
    lei                text    NOT NULL,
    submitter_lei      text    NOT NULL,
    is_investment_firm boolean NOT NULL
);

CREATE TABLE trading.clients (
    client_id         bigint NOT NULL,
    party_type        text   NOT NULL,
    legal_name        text,
    lei               text,
    first_names       text,
    surnames          text,
    birth_date        date,
    nationality       text,
    id_type           text,
    id_number         text,
    short_name_key    text,
    representative_id bigint
);

CREATE TABLE trading.traders (
    trader_id      integer NOT NULL,
    full_name      text    NOT NULL,
    birth_date     date    NOT NULL,
    nationality    text    NOT NULL,
    id_type        text    NOT NULL,
    id_number      text,
    short_name_key text    NOT NULL,
    branch_country text    NOT NULL
);

CREATE TABLE trading.algorithms (
    algorithm_id integer NOT NULL,
    code         text    NOT NULL
);

CREATE TABLE trading.instruments (
    instrument_id           bigint  NOT NULL,
    isin                    text,
    in_reference_data       boolean NOT NULL,
    full_name               text    NOT NULL,
    cfi                     text    NOT NULL,
    asset_class             text    NOT NULL,
    currency                text,
    notional_currency       text,
    other_notional_currency text,
    multiplier              numeric(35, 17),
    underlying_type         text,
    underlying_isin         text,
    index_isin              text,
    index_name              text,
    index_tenor             text,
    second_index_name       text,
    received_isin           text,
    received_index_name     text,
    received_index_tenor    text,
    received_second_index_name text,
    paid_isin               text,
    paid_index_name         text,
    paid_index_tenor        text,
    paid_second_index_name  text,
    option_kind             text,
    strike_form             text,
    strike                  numeric(35, 17),
    strike_currency         text,
    exercise                text,
    maturity_date           date,
    expiry_date             date,
    settlement              text    NOT NULL
);

CREATE TABLE trading.basket_constituents (
    instrument_id bigint  NOT NULL,
    basket        text    NOT NULL,
    position      integer NOT NULL,
    isin          text    NOT NULL
);

CREATE TABLE trading.trades (
    trade_id                   bigint      NOT NULL,
    trade_ref                  text        NOT NULL,
    trade_date                 date        NOT NULL,
    settlement_date            date        NOT NULL,
    action                     text        NOT NULL,
    entity_id                  integer     NOT NULL,
    own_side                   text        NOT NULL,
    capacity                   text,
    client_id                  bigint,
    joint_client_id            bigint,
    is_aggregated              boolean     NOT NULL,
    counterparty_id            bigint,
    is_counterparty_aggregated boolean     NOT NULL,
    executed_at                timestamptz NOT NULL,
    booked_at                  timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    instrument_id              bigint      NOT NULL,
    quantity_type              text        NOT NULL,
    quantity                   numeric(35, 17) NOT NULL,
    quantity_currency          text,
    price_form                 text        NOT NULL,
    price                      numeric(35, 17),
    price_currency             text,
    net_amount                 numeric(18, 5),
    accrued_interest           numeric(18, 5),
    commission                 numeric(12, 4),
    upfront_amount             numeric(18, 5),
    upfront_currency           text,
    is_discretionary           boolean     NOT NULL,
    order_country              text,
    is_order_passed_on         boolean     NOT NULL,
    transmitter_id             bigint,
    venue                      text        NOT NULL,
    venue_trade_id             text,
    membership_country         text,
    counterparty_mic           text,
    waivers                    text        NOT NULL,
    otc_flags                  text        NOT NULL,
    short_sale                 text,
    is_commodity_hedge         boolean,
    notional_change            text,
    package_id                 text        NOT NULL,
    decision_trader_id         integer,
    decision_algorithm_id      integer,
    execution_trader_id        integer,
    execution_algorithm_id     integer,
    is_client_directed         boolean     NOT NULL,
    is_securities_financing    boolean     NOT NULL,
    desk                       text        NOT NULL,
    book                       text        NOT NULL,
    fx_rate                    numeric(18, 8),
    is_amended                 boolean     NOT NULL,
    trader_comment             text,
    booked_by                  text        NOT NULL
);
