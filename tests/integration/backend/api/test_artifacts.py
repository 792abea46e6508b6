"""Downloading a file: whole or in part, streaming, with what a client needs to check it."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import httpx
import pytest

from backend.persistence.models.artifact import Artifact
from tests.factories.installation import Installation
from tests.factories.rows import Rows

SIZE = 2 * 1024 * 1024 + 5
CONTENT = os.urandom(SIZE)


@pytest.fixture
async def artifact(rows: Rows, installation: Installation) -> Artifact:
    """A stored file of two megabytes."""
    stored = await rows.artifact(
        await rows.run(state="succeeded"), CONTENT, name="mifir_2026-11-19_1.zip", media_type="application/zip"
    )
    installation.adapters.storage.put(stored.object_key, CONTENT)
    return stored


def path_of(artifact: Artifact) -> str:
    return f"/api/v1/artifacts/{artifact.id}/content"


async def test_the_whole_file_arrives_with_its_name_size_type_and_mark(
    api: httpx.AsyncClient, artifact: Artifact
) -> None:
    response = await api.get(path_of(artifact))
    assert response.status_code == 200
    assert response.content == CONTENT
    headers = response.headers
    assert headers["content-length"] == str(SIZE)
    assert headers["content-type"] == "application/zip"
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''mifir_2026-11-19_1.zip"
    assert headers["cache-control"] == "private, no-store"
    assert "content-range" not in headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-1023", 0, 1023),
        (f"bytes={SIZE - 5}-", SIZE - 5, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes=1000000-{SIZE * 2}", 1_000_000, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
    ],
)
async def test_a_part_of_the_file_arrives_and_says_which(
    api: httpx.AsyncClient, artifact: Artifact, asked: str, first: int, last: int
) -> None:
    response = await api.get(path_of(artifact), headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == CONTENT[first : last + 1]
    assert response.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
async def test_a_part_beyond_the_end_is_refused_with_the_size(
    api: httpx.AsyncClient, artifact: Artifact, asked: str
) -> None:
    response = await api.get(path_of(artifact), headers={"Range": asked})
    assert (response.status_code, response.headers["content-type"]) == (416, "application/problem+json")
    assert response.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["items=0-5", "bytes=a-b", "bytes=0-1,5-6", "bytes", "bytes=0-" + "9" * 5000])
async def test_what_is_no_single_range_gives_the_whole_file(
    api: httpx.AsyncClient, artifact: Artifact, asked: str
) -> None:
    response = await api.get(path_of(artifact), headers={"Range": asked})
    assert response.content == CONTENT


async def test_a_part_is_only_given_of_the_file_the_client_knows(api: httpx.AsyncClient, artifact: Artifact) -> None:
    mark = (await api.get(path_of(artifact), headers={"Range": "bytes=0-0"})).headers["etag"]
    same = await api.get(path_of(artifact), headers={"Range": "bytes=0-9", "If-Range": mark})
    assert (same.status_code, same.content) == (206, CONTENT[:10])
    for other in ('"another"', f"W/{mark}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        changed = await api.get(path_of(artifact), headers={"Range": "bytes=0-9", "If-Range": other})
        assert (changed.status_code, len(changed.content)) == (200, SIZE)


async def test_parts_put_together_are_the_file(api: httpx.AsyncClient, artifact: Artifact) -> None:
    joined, step = b"", 700_001
    while len(joined) < SIZE:
        headers = {"Range": f"bytes={len(joined)}-{len(joined) + step - 1}"}
        joined += (await api.get(path_of(artifact), headers=headers)).content
    assert hashlib.sha256(joined).hexdigest() == artifact.sha256


@pytest.mark.parametrize("name", ["Müller & Söhne.csv", 'quote".csv', "a;b=c.csv", "x\r\nSet-Cookie: a=b.csv"])
async def test_a_name_of_any_characters_stays_a_name(
    api: httpx.AsyncClient, rows: Rows, installation: Installation, name: str
) -> None:
    stored = await rows.artifact(await rows.run(), name=name)
    installation.adapters.storage.put(stored.object_key, b"reference,amount\r\nT-1,100.50\r\n")
    response = await api.get(path_of(stored))
    assert response.status_code == 200
    assert response.headers["content-disposition"].isascii()
    assert "set-cookie" not in response.headers


async def test_the_row_is_shown_without_where_it_is_stored(api: httpx.AsyncClient, artifact: Artifact) -> None:
    shown: dict[str, Any] = (await api.get(f"/api/v1/artifacts/{artifact.id}")).json()
    assert (shown["sha256"], shown["size_bytes"], shown["records"]) == (artifact.sha256, SIZE, 1)
    assert "object_key" not in shown
    assert "tenants/" not in str(shown)


async def test_a_file_that_storage_lost_is_an_error_and_not_half_an_answer(api: httpx.AsyncClient, rows: Rows) -> None:
    lost = await rows.artifact(await rows.run())
    response = await api.get(path_of(lost))
    assert response.status_code >= 400
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_large_file_streams_and_a_client_may_leave_in_the_middle(
    live: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    content = os.urandom(1024) * 24 * 1024
    stored = await rows.artifact(await rows.run(), content)
    installation.adapters.storage.put(stored.object_key, content)
    async with live.stream("GET", path_of(stored)) as response:
        first = await anext(response.aiter_bytes(65_536))
    assert content.startswith(first)
    digest = hashlib.sha256()
    async with live.stream("GET", path_of(stored)) as response:
        async for piece in response.aiter_bytes():
            digest.update(piece)
    assert digest.hexdigest() == stored.sha256
