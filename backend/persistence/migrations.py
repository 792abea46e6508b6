"""Running the migrations, as the owner role."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend.persistence.faults import unavailable
from backend.persistence.session import UnsafeDatabaseRole

_OWNER_FIX = "Use the owner role openreg_owner; ADR 0004 says what each role is for."
_OWNER_CHECK = """
SELECT rolname, rolsuper, has_schema_privilege('public', 'CREATE') AS may_create
FROM pg_roles WHERE rolname = current_user
"""
_SCRIPTS = Path(__file__).resolve().parent.parent / "alembic"


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database to a revision. ``owner_url`` carries the async driver."""
    command.upgrade(_config(owner_url), revision)


async def check_owner(owner_url: str) -> None:
    """Refuse a role that may not make tables, or that owns what it makes as nobody should.

    Raises DatabaseUnavailable, UnsafeDatabaseRole.
    """
    engine = create_async_engine(owner_url, poolclass=NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            row = (await connection.execute(text(_OWNER_CHECK))).one()
    except (OSError, TimeoutError, DBAPIError) as error:
        raise unavailable("DATABASE_OWNER_URL") from error
    finally:
        await engine.dispose()
    if row.rolsuper:
        # Its tables would be a superuser's, and the owner role could never change them again.
        raise UnsafeDatabaseRole(f"DATABASE_OWNER_URL signs in as {row.rolname}, a superuser.", fix=_OWNER_FIX)
    if not row.may_create:
        raise UnsafeDatabaseRole(
            f"DATABASE_OWNER_URL signs in as {row.rolname}, which may not make tables.", fix=_OWNER_FIX
        )


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Take the database back to a revision."""
    command.downgrade(_config(owner_url), revision)


def autogenerate(owner_url: str, message: str, revision: str) -> None:
    """Write a migration with the difference between models and database; read it before committing it."""
    command.revision(_config(owner_url), message, autogenerate=True, rev_id=revision)


@cache
def newest_revision() -> str | None:
    """The revision that this code was written for."""
    return ScriptDirectory.from_config(_scripts()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this code has the migration of that name; a database at another one is newer."""
    return revision in _known_revisions()


@cache
def _known_revisions() -> frozenset[str]:
    return frozenset(one.revision for one in ScriptDirectory.from_config(_scripts()).walk_revisions())


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _config(owner_url: str) -> Config:
    config = _scripts()
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["owner_url"] = owner_url
    return config
