"""``openreg openapi``: write what the two APIs promise to ``docs/openapi/``, from the applications themselves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from cryptography.fernet import Fernet
from fastapi import FastAPI
from rich.console import Console

from backend.config import Settings, load_settings

FOLDER = Path("docs/openapi")
#: By name, as uvicorn is told them: backend never imports the other deployable (ADR 0001).
FACTORIES: Mapping[str, str] = {"backend": "backend.main", "external_api": "external_api.main"}

console = Console(highlight=False)


def openapi(
    out: Annotated[Path, typer.Option(help="Folder the two documents are written to.")] = FOLDER,
) -> None:
    """Write backend.json and external_api.json; a test refuses a change of an API that leaves them behind."""
    out.mkdir(parents=True, exist_ok=True)
    for name, document in openapi_documents().items():
        (out / name).write_text(document, encoding="utf-8")
        console.print(f"wrote {out / name}")


def openapi_documents() -> Mapping[str, str]:
    """File name → document, with a stable order of keys; nothing is contacted."""
    return {f"{name}.json": _document(app) for name, app in applications().items()}


def applications() -> Mapping[str, FastAPI]:
    """Both applications as they are served, made with settings that lead nowhere."""
    settings = _settings_for_nothing()
    return {name: import_module(module).create_app(settings) for name, module in FACTORIES.items()}


def _document(app: FastAPI) -> str:
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _settings_for_nothing() -> Settings:
    nowhere = "postgresql://nobody@localhost/nothing"
    return load_settings(
        {
            "DATABASE_URL": nowhere,
            "DATABASE_SYSTEM_URL": nowhere,
            "REDIS_URL": "redis://localhost",
            "MINIO_ENDPOINT": "localhost:9000",
            "MINIO_ACCESS_KEY": "nobody",
            "MINIO_SECRET_KEY": secrets.token_hex(32),
            "SECRET_KEY": secrets.token_hex(32),
            "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
    )
