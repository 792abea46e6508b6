"""Redis or the S3 store away: reading goes on, runs wait and are not lost, and all of it comes back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.core.clock import utc_now
from backend.core.tokens import TokenSigner
from backend.embedded.ports import free_port
from backend.embedded.services.redis import RedisServer
from backend.embedded.services.s3 import S3Server
from backend.services.storage import ObjectStorage
from tests.factories.documents import plain_document
from tests.factories.installation import environment_of
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.harness.processes import api_command, beat_command, running, worker_command
from tests.services.servers import PostgresServer, TestDatabase, new_redis, new_s3, s3_address
from tests.services.waiting import until

API = "/api/v1"
BUCKET = "openreg-outages"
#: A store that is away is looked for every quarter of a minute, and the machine may be busy.
BACK_SECONDS = 120.0
pytestmark = [pytest.mark.long]


@dataclass(frozen=True, slots=True)
class Servers:
    """A Redis and an S3 store of this test's own, which it stops and starts again where they were."""

    redis: RedisServer
    s3: S3Server


@pytest.fixture
def servers(services_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both, with an empty bucket."""
    folder = services_folder / f"outages-{free_port()}"
    folder.mkdir(mode=0o711)
    servers = Servers(new_redis(folder, free_port()), new_s3(folder, free_port()))
    servers.redis.start()
    servers.s3.start()
    address = s3_address(servers.s3)
    ObjectStorage(
        endpoint=address.endpoint,
        access_key=address.access_key,
        secret_key=address.secret_key,
        region=address.region,
        bucket=BUCKET,
    ).ensure_bucket()
    yield servers
    servers.redis.stop()
    servers.s3.stop()


@pytest.fixture
def environment(migrated: TestDatabase, servers: Servers, tmp_path: Path) -> dict[str, str]:
    """An installation on these two servers."""
    changes = {"OPENREG_SCRATCH_DIR": str(tmp_path / "scratch"), "LOG_LEVEL": "INFO"}
    s3 = s3_address(servers.s3)
    return environment_of(migrated, redis_url=servers.redis.url, s3=s3, bucket=BUCKET, changes=changes)


@pytest.fixture
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    """Three trades."""
    with source_of_trades(postgres_server) as source:
        yield source


@pytest.fixture
async def client(
    environment: dict[str, str], rows: Rows, signer: TokenSigner, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The owner, before a deployment of API, worker and scheduler."""
    port, person = free_port(), rows.person
    token = signer.sign(subject=person.user_id, tenant=person.tenant, session=person.session_id, now=utc_now())
    commands = {
        "backend": api_command("backend.main:create_app", port),
        "worker": worker_command(),
        "beat": beat_command(tmp_path / "schedule"),
    }
    with ExitStack() as stack:
        for name, command in commands.items():
            stack.enter_context(running(command, environment, tmp_path / f"{name}.log"))
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        ) as client:
            await until(lambda: answers(client, "/ready"), BACK_SECONDS)
            yield client


async def answers(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).status_code == 200
    except httpx.TransportError:
        return False


async def away(client: httpx.AsyncClient, *names: str) -> None:
    """Wait until the API says that just these are away; it is ready all the same."""

    async def are_away() -> bool:
        answer = await client.get("/ready")
        assert answer.status_code == 200, answer.text
        return {name for name, one in answer.json()["checks"].items() if not one["is_well"]} == set(names)

    await until(are_away, BACK_SECONDS)


async def start_run(client: httpx.AsyncClient, report_id: object, day: str) -> str:
    started = await client.post(f"{API}/reports/{report_id}/runs", json={"reporting_date": day})
    assert started.status_code == 202, started.text
    return str(started.json()["id"])


async def run_of(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{API}/runs/{run_id}")).raise_for_status().json()
    return found


async def ended(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    """The run, once it has ended."""
    found: dict[str, Any] = {}

    async def has_ended() -> bool:
        found.update(await run_of(client, run_id))
        return found["finished_at"] is not None

    await until(has_ended, BACK_SECONDS)
    return found


async def test_reading_goes_on_runs_wait_and_everything_comes_back_by_itself(
    client: httpx.AsyncClient, servers: Servers, rows: Rows, source: SourceOfTrades
) -> None:
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    version = await rows.version(await rows.report(), plain_document(connector.id))

    servers.redis.stop()
    await away(client, "redis")
    waiting = await start_run(client, version.report_id, "2026-11-19")
    assert (await run_of(client, waiting))["state"] == "pending", "recorded, though nobody could be woken"
    assert await answers(client, f"{API}/reports")
    servers.redis.start()
    done = await ended(client, waiting)
    assert (done["state"], done["reason"]) == ("succeeded", None)
    await away(client)

    (artifact,) = (await client.get(f"{API}/runs/{waiting}/artifacts")).json()["items"]
    content = f"{API}/artifacts/{artifact['id']}/content"
    before = (await client.get(content)).raise_for_status().content
    servers.s3.stop()
    await away(client, "storage")
    refused = await client.get(content)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert "127.0.0.1" not in refused.text
    assert await answers(client, f"{API}/artifacts/{artifact['id']}"), "what is in the database is read on"
    held_up = await start_run(client, version.report_id, "2026-11-20")

    async def says_why() -> bool:
        seen = await run_of(client, held_up)
        assert seen["state"] in {"pending", "running"}, seen
        return (seen["reason"] or {}).get("code") == "storage_unavailable"

    await until(says_why, BACK_SECONDS)
    servers.s3.start()
    done = await ended(client, held_up)
    assert (done["state"], done["reason"]) == ("succeeded", None)
    assert (await client.get(content)).raise_for_status().content == before
    await away(client)
