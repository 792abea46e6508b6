"""The pack, the official schemas, and renderers over them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.pipeline.rendering.xml import XmlRenderer
from backend.pipeline.xsd import SchemaSet

ENVELOPE = {
    "sender": "LEIOFTHESENDER",
    "receiver": "NCA",
    "business_message_identifier": "RUN-1",
    "message_definition": "auth.016.001.01",
    "created_at": "2024-03-02T06:00:00Z",
}


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack("mifir-rts22")


@pytest.fixture(scope="session")
def schema_set(pack: Pack, official_schemas: Path) -> SchemaSet:
    folder = official_schemas / "mifir"
    contents = {wanted.namespace: (folder / wanted.file_name).read_bytes() for wanted in pack.message.schemas}
    return SchemaSet.for_message(pack.message, contents)


@pytest.fixture
def make_renderer(pack: Pack) -> Callable[..., XmlRenderer]:
    def make(mapped: Collection[str] | None = None, **values: str) -> XmlRenderer:
        names = tuple(pack.columns) if mapped is None else tuple(mapped)
        return XmlRenderer(pack.message, pack.columns, names, {**ENVELOPE, **values})

    return make
