"""Types of settings that have a form of their own."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from backend.core.setting_forms import async_database_url, proxy_address, redis_url, split_commas

CommaList = Annotated[list[str], NoDecode, BeforeValidator(split_commas)]
DatabaseUrl = Annotated[SecretStr, BeforeValidator(async_database_url)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(split_commas)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(split_commas)]
ProxyUrl = Annotated[SecretStr | None, BeforeValidator(proxy_address)]
RedisUrl = Annotated[SecretStr, BeforeValidator(redis_url)]
