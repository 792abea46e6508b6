"""Migrations: from nothing to the newest revision and back, and what they make is what the models say."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url

from backend.persistence.migrations import _SCRIPTS, downgrade, upgrade
from backend.persistence.models import all_models
from tests.services.servers import PostgresServer, TestDatabase

LEFT_BEHIND = """
select 'relation', relname from pg_class where relnamespace = 'public'::regnamespace and relname !~ '^alembic_version'
union all select 'type', typname from pg_type
    where typnamespace = 'public'::regnamespace and typname !~ '^_?alembic_version'
union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
union all select 'policy', polname from pg_policy
union all select 'default privilege', defaclobjtype::text from pg_default_acl
union all select 'extension', extname from pg_extension where extname <> 'plpgsql'
union all select 'schema', nspname from pg_namespace where nspname !~ '^(pg_|information_schema|public$)'
"""
#: Everything that can differ between two schemas and that somebody would miss.
SHAPE = """
select 'column', table_name, column_name, data_type || coalesce('(' || character_maximum_length || ')', ''),
       is_nullable || ' ' || is_identity || ' ' || coalesce(column_default, '')
from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'
union all
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), ''
from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'alembic_version'
    and contype not in ('n', 't')
union all
select 'index', tablename, indexname, indexdef, '' from pg_indexes
where schemaname = 'public' and tablename <> 'alembic_version'
order by 1, 2, 3
"""


def async_url(database: TestDatabase) -> str:
    return make_url(database.owner_url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def ask(database: TestDatabase, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.superuser_url) as connection:
        return connection.execute(query).fetchall()


def revisions() -> list[str]:
    """From the first to the newest."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def test_up_and_down_leave_nothing_behind(database: TestDatabase) -> None:
    upgrade(async_url(database))
    assert ask(database, LEFT_BEHIND)
    downgrade(async_url(database))
    assert ask(database, LEFT_BEHIND) == []


def test_every_revision_can_be_undone_and_done_again_and_makes_the_same(database: TestDatabase) -> None:
    url = async_url(database)
    for revision in revisions():
        upgrade(url, revision)
        once = ask(database, SHAPE)
        downgrade(url, "-1")
        upgrade(url, revision)
        assert ask(database, SHAPE) == once, revision
    assert ask(database, "select version_num from alembic_version") == [(revisions()[-1],)]


def test_there_is_one_line_of_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_autogenerate_finds_no_difference_between_models_and_database(migrated: TestDatabase) -> None:
    url = make_url(migrated.owner_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, all_models.metadata) == []
    finally:
        engine.dispose()


def test_the_migrated_schema_is_the_models_schema_with_checks_and_partial_indexes(
    migrated: TestDatabase, database: TestDatabase
) -> None:
    """Autogenerate does not look at CHECK constraints and conditions of indexes; the catalogue has them."""
    engine = create_engine(make_url(database.owner_url).set(drivername="postgresql+psycopg"))
    try:
        all_models.metadata.create_all(engine)
    finally:
        engine.dispose()
    from_models, from_migrations = ask(database, SHAPE), ask(migrated, SHAPE)
    assert from_migrations == from_models
    assert len(from_models) > 200


def test_the_wrong_role_cannot_migrate(postgres_server: PostgresServer, database: TestDatabase) -> None:
    application = make_url(database.app_url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    with pytest.raises(Exception, match="permission denied"):
        upgrade(application)
    assert ask(database, LEFT_BEHIND) == []
