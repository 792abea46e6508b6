"""What customers copy from the documentation reads from the running service, page by page, and waits when told to."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend.core.ids import new_id
from backend.services.api_keys import LIVE_KEY_PREFIX, new_key
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.live import served
from tests.factories.people import Person
from tests.factories.publication_rows import stored_publication
from tests.harness.processes import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "read-published-content.md"
#: Node.js 20 runs no TypeScript: the compiler takes the types out, after it has checked them.
TSC = (
    "node_modules/.bin/tsc --strict --noUncheckedIndexedAccess --target es2022 --module nodenext "
    "--moduleResolution nodenext --types node --typeRoots {root}/node_modules/@types --outDir out read.mts"
)
FILES = {"python": "read.py", "typescript": "read.mts"}
RUN = {"python": (sys.executable, "read.py"), "typescript": ("node", "out/read.mjs")}
#: More than the burst of a plan with a small limit: a program that does not wait does not come to its end.
PUBLISHED = 5


@pytest.fixture(params=list(FILES))
async def snippet(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A language, and a folder with what runs."""
    language: str = request.param
    found = re.findall(rf"^```{language}\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    (tmp_path / FILES[language]).write_text(found[0], encoding="utf-8")
    if language == "typescript":
        command = [str(ROOT / one) if one.startswith("node_modules") else one for one in TSC.split(" ")]
        status, words, _ = await ran([one.format(root=ROOT) for one in command], tmp_path, {})
        assert status == 0, words
    return language, tmp_path


async def ran(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[int, str, str]:
    """Status and both outputs of a program."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, out.decode(), error.decode()


async def test_a_quick_start_reads_all_pages_and_says_what_is_wrong(
    snippet: tuple[str, Path],
    external: FastAPI,
    customers: CustomerRows,
    installation: Installation,
    owner: Person,
) -> None:
    language, folder = snippet
    names = [f"report-{number}-{new_id().hex}" for number in range(PUBLISHED)]
    for name in names:
        await stored_publication(
            installation.database,
            owner.tenant,
            owner.user_id,
            name=name,
            kind="report",
            detail="whole",
            content={"report": {}},
        )
    # A burst of one call, and one call a second: three pages and the key cannot be read without waiting.
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=60, scopes=["reports:read"]))
    _, secret = await customers.key(customer)
    async with served(external) as address:
        variables = {"OPENREG_API": address, "OPENREG_KEY": secret}
        # What is left of the burst is used up by others.
        async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {secret}"}) as client:
            while (await client.get("/external_api/v1/key")).status_code == 200:
                pass
        status, out, error = await ran(list(RUN[language]), folder, variables)
        assert status == 0, error
        assert out.split("\n") == ["Reader Ltd", *names, ""]
        status, out, error = await ran(
            list(RUN[language]), folder, {**variables, "OPENREG_KEY": new_key(LIVE_KEY_PREFIX)}
        )
    assert status != 0
    assert "api_key_unknown" in error
