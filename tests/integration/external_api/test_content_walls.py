"""Every route that shows content: customers of two publishers, and of two plans, with the cache and without it.

Each publisher shows the same kinds of things under the same names, marked with whose they are. Customers of the one and
of the other make the same calls, in turn, so that whatever is kept for the first would be there for the second.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.config import load_settings
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.portal import CUSTOMERS, bearer
from tests.factories.publication_rows import stored_change, stored_publication
from tests.factories.published_rows import PublishedDataset, published_rules, rule
from tests.factories.routes import routes_of
from tests.factories.rows import Rows
from tests.integration.external_api.serving import started, unhurried_client_of
from tests.integration.external_api.test_customer_walls import OPEN

API = "/external_api/v1"
DATA, RULES = f"{API}/reference-data", f"{API}/validation-rules"
REPORTS, SCHEMAS = f"{API}/reports", f"{API}/schemas"
#: What a route is called with beside its path. A route that is in none of these tables fails the test.
QUERIES: dict[str, dict[str, str]] = {
    f"GET {DATA}/{{name}}/lookup": {"key": "XPAR"},
    f"GET {DATA}/{{name}}/export": {"format": "csv"},
    f"GET {RULES}/export": {"format": "csv"},
}
BODIES: dict[str, Any] = {f"POST {DATA}/{{name}}/lookup": {"keys": ["XPAR"]}}
SHOWING = {
    *QUERIES,
    *BODIES,
    *(f"GET {path}" for path in (DATA, f"{DATA}/{{name}}", f"{DATA}/{{name}}/entries", f"{DATA}/{{name}}/changes")),
    *(f"GET {path}" for path in (RULES, f"{RULES}/{{key}}", REPORTS, f"{REPORTS}/{{report}}", SCHEMAS)),
    *(f"GET {REPORTS}/{{report}}/{path}" for path in ("versions", "versions/{version}", "artifacts")),
    *(f"GET {REPORTS}/{{report}}/artifacts/{{artifact_id}}{path}" for path in ("", "/content")),
    f"POST {REPORTS}/{{report}}/artifacts/{{artifact_id}}/link",
    *(f"GET {SCHEMAS}/{{schema}}{path}" for path in ("", "/content")),
    f"GET {API}/schedules",
    f"GET {API}/schedules/{{schedule}}",
    f"GET {API}/changes",
    f"GET {API}/changes/{{publication_id}}/versions/{{version}}",
}
#: What tells of the caller and not of content.
OF_THE_CALLER = {f"GET {API}/key", f"GET {API}/usage"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a publisher shows, by the parameters of paths; and a customer who sees it, and one who sees nothing."""

    mark: str
    parameters: Mapping[str, str]
    headers: dict[str, str]
    narrow_headers: dict[str, str]


async def shown_by(installation: Installation, rows: Rows, mark: str) -> Shown:
    """One thing of each kind under names that both publishers use."""
    database, tenant, user_id = installation.database, rows.person.tenant, rows.person.user_id
    await PublishedDataset.made(rows, ["XPAR"], name="same", title=mark)
    await published_rules(rows, [rule("AA-1", title=mark)], name="same", title=mark)
    version = await rows.version(await rows.report(slug="same"), state="active")
    report = await stored_publication(
        database,
        tenant,
        user_id,
        {"report": {"description": mark, "tags": []}},
        version.id,
        kind="report",
        thing_id=version.report_id,
        name="same",
        title=mark,
        version="1.0",
        detail="whole",
        includes_files=True,
    )
    run = await rows.run(version, report_id=version.report_id, state="succeeded")
    artifact = await rows.artifact(run, mark.encode(), name=f"{mark}.csv")
    installation.adapters.storage.put(artifact.object_key, mark.encode())
    content = {"title": mark, "report": "same", "definition": {}, "calendar": None}
    await stored_publication(database, tenant, user_id, content, kind="schedule", name="same", title=mark)
    package = await rows.schema_package(
        name=f"{mark}.zip", object_key=f"schemas/{mark}", sha256=hashlib.sha256(mark.encode()).hexdigest()
    )
    installation.adapters.storage.put(package.object_key, mark.encode())
    files = {"file_name": f"{mark}.zip", "sha256": package.sha256, "files": []}
    shown: dict[str, Any] = {"thing_id": package.id, "name": "same", "title": mark, "includes_files": True}
    await stored_publication(database, tenant, user_id, files, kind="schema", **shown)
    await stored_change(database, report)
    customers = CustomerRows(database, tenant)
    _, wide = await customers.key(await customers.customer(await customers.plan(rate_limit_per_minute=2000)))
    narrow_plan = await customers.plan(rate_limit_per_minute=2000, publication_ids=[])
    _, narrow = await customers.key(await customers.customer(narrow_plan))
    same = dict.fromkeys(("name", "report", "schedule", "schema"), "same")
    parameters = {**same, "key": "rule_set.same.AA-1", "version": "1.0", "artifact_id": str(artifact.id)}
    parameters["publication_id"] = str(report.id)
    return Shown(mark, parameters, bearer(wide), bearer(narrow))


@pytest.fixture(params=["cached", "uncached"])
async def service(request: pytest.FixtureRequest, environment: dict[str, str]) -> AsyncIterator[FastAPI]:
    seconds = "3600" if request.param == "cached" else "0"
    async with started(load_settings({**environment, "ANSWER_CACHE_SECONDS": seconds})) as application:
        yield application


async def test_nobody_is_shown_what_another_publisher_or_another_plan_has(
    service: FastAPI, installation: Installation, rows: Rows, strangers_rows: Rows
) -> None:
    sides = [
        await shown_by(installation, rows, "OurContent"),
        await shown_by(installation, strangers_rows, "TheirContent"),
    ]
    walked, hits = set(), 0
    async with unhurried_client_of(service) as client:
        for route in routes_of(service):
            if OPEN.fullmatch(str(route)) or route.path.startswith(CUSTOMERS) or str(route) in OF_THE_CALLER:
                continue
            assert str(route) in SHOWING, f"{route} is not in the walk"
            walked.add(str(route))
            for _ in range(2):
                tags = []
                for one, other in (sides, sides[::-1]):
                    call = {"params": QUERIES.get(str(route)), "json": BODIES.get(str(route))}
                    path = route.path.format(**one.parameters)
                    answer = await client.request(route.method, path, headers=one.headers, **call)
                    assert answer.status_code < 300, (str(route), answer.text)
                    hits += answer.headers.get("x-cache") == "HIT"
                    tells(route, answer, one.mark, other.mark)
                    tags.append(answer.headers.get("etag"))
                    await nothing_for_another_plan(client, route.method, path, one, call)
                    await nothing_by_anothers_tag(client, route.method, path, other, call, tags[-1])
                assert tags[0] is None or tags[0] != tags[1], str(route)
    assert walked == SHOWING
    assert (hits >= 20) is bool(service.state.runtime.settings.publishing.answer_cache_seconds)


def tells(route: object, answer: httpx.Response, mine: str, theirs: str) -> None:
    """The answer is the caller's publisher's own."""
    assert theirs not in answer.text, (str(route), answer.text)
    assert theirs not in str(answer.headers), str(route)
    is_told = re.search(r"/(entries|changes|lookup|versions\S*|export|link)$", str(route)) is None
    assert mine in answer.text or not is_told, (str(route), answer.text)


async def nothing_for_another_plan(
    client: httpx.AsyncClient, method: str, path: str, one: Shown, call: dict[str, Any]
) -> None:
    """A plan of the same publisher that includes none of it."""
    answer = await client.request(method, path, headers=one.narrow_headers, **call)
    assert one.mark not in answer.text, (path, answer.text)
    assert answer.status_code == 404 or answer.status_code < 300, (path, answer.text)
    if answer.status_code < 300 and answer.headers["content-type"] == "application/json":
        assert answer.json()["items"] == [], path


async def nothing_by_anothers_tag(
    client: httpx.AsyncClient, method: str, path: str, other: Shown, call: dict[str, Any], tag: str | None
) -> None:
    """A tag that somebody was given says nothing to anybody else."""
    if tag is None:
        return
    answer = await client.request(method, path, headers={**other.headers, "If-None-Match": tag}, **call)
    assert answer.status_code != 304, path
