"""Running the migrations, as the owner role."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

_SCRIPTS = Path(__file__).resolve().parent.parent / "alembic"


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database to a revision. ``owner_url`` carries the async driver."""
    command.upgrade(_config(owner_url), revision)


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
    """Whether this code has the migration of that name."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_scripts()).walk_revisions())


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _config(owner_url: str) -> Config:
    config = _scripts()
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["owner_url"] = owner_url
    return config
