"""Forms in which settings are written: lists by commas, addresses of servers; a wrong one raises ValueError."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr

_POSTGRESQL_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")


def split_commas(value: object) -> object:
    """The parts of a text, without blanks around them."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def async_database_url(value: object) -> object:
    """Accept the plain postgresql:// form and give it the async driver."""
    if not isinstance(value, str):
        return value
    scheme, _, rest = value.partition("://")
    if scheme not in _POSTGRESQL_SCHEMES or not _names_a_database(rest):
        raise ValueError("must have the form postgresql://user:password@host:port/database")
    return f"postgresql+asyncpg://{rest}"


def _names_a_database(rest: str) -> bool:
    parts = urlsplit(f"//{rest}")
    return bool((parts.hostname or "host=" in parts.query) and parts.path.strip("/"))


def redis_url(value: object) -> object:
    """Refuse what is no address of a Redis server."""
    if isinstance(value, str) and not value.startswith(("redis://", "rediss://")):
        raise ValueError("must have the form redis://:password@host:port/number, or rediss:// for TLS")
    return value


def proxy_address(value: object) -> object:
    """Refuse what is no address of a proxy; None is none."""
    if value is None:
        return None
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    parts = urlsplit(text) if isinstance(text, str) else None
    if parts is None or parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must have the form http://host:port or http://user:password@host:port")
    return value


def web_address(value: object) -> object:
    """Refuse what is no address that a browser could open."""
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a web address such as https://openreg.example.com")
    return value
