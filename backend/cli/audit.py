"""``openreg audit``: is the trail as it was written."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console

from backend.cli.platform import DataDir
from backend.cli.target import opened_databases, target_settings
from backend.config import Settings
from backend.core.ids import TenantId
from backend.domain.audit_chain import ChainHead
from backend.persistence.system import SystemScope
from backend.services.audit_verification import ChainHeadInvalid, ChainVerdict, read_head, verify_chain
from backend.services.installation import TenantUnknown

audit_app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)


@audit_app.callback()
def audit() -> None:
    """The audit trail."""


@audit_app.command()
def verify(
    tenant: Annotated[str | None, typer.Option(help="Slug of one tenant; all of them when left out.")] = None,
    expect_head: Annotated[
        list[str] | None,
        typer.Option(help="A head that was printed before and kept elsewhere, TENANT:NUMBER:HASH; may be repeated."),
    ] = None,
    data_dir: DataDir = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Read every entry, compute every hash anew, and name what was changed, removed or put in. Exit code 1 then."""
    verdicts = asyncio.run(verify_all(target_settings(data_dir), tenant, _read_heads(expect_head or ())))
    if as_json:
        typer.echo(json.dumps({"tenants": [_as_document(slug, one) for slug, one in verdicts]}))
    else:
        for slug, one in verdicts:
            _show(slug, one)
    if not all(one.is_intact for _, one in verdicts):
        sys.exit(1)


def _read_heads(texts: Sequence[str]) -> dict[str, list[ChainHead]]:
    heads: dict[str, list[ChainHead]] = {}
    for text in texts:
        slug, is_whole, head = text.partition(":")
        if not is_whole:
            raise ChainHeadInvalid(f"{text!r} names no tenant.", fix="Give it as it was printed: TENANT:NUMBER:HASH.")
        heads.setdefault(slug, []).append(read_head(head))
    return heads


async def verify_all(
    settings: Settings, slug: str | None = None, expected: Mapping[str, Sequence[ChainHead]] = MappingProxyType({})
) -> list[tuple[str, ChainVerdict]]:
    """The verdict on every tenant's chain, or on that of one."""
    async with opened_databases(settings.database) as (database, system):
        async with system.transaction() as session:
            tenants: dict[str, TenantId] = dict(await SystemScope(session).tenants())
        unknown = sorted({slug, *expected} - {None, *tenants}, key=str)
        if unknown:
            raise TenantUnknown(f"There is no tenant {unknown[0]}.", fix="Name it by its slug.")
        chosen = [slug] if slug is not None else sorted(tenants)
        return [(one, await verify_chain(database, tenants[one], expected.get(one, ()))) for one in chosen]


def _show(slug: str, verdict: ChainVerdict) -> None:
    if verdict.is_intact:
        console.print(f"{slug}: all {verdict.entries:,} entries are as they were written. Head {slug}:{verdict.head}")
        return
    console.print(f"[red]{slug}: the audit trail was touched.[/red] {verdict.entries:,} entries were read.")
    for fault in verdict.faults:
        console.print(f"  {fault.text}")


def _as_document(slug: str, verdict: ChainVerdict) -> dict[str, object]:
    return {
        "tenant": slug,
        "is_intact": verdict.is_intact,
        "entries": verdict.entries,
        "head": f"{slug}:{verdict.head}",
        "faults": [{"kind": one.kind, "number": one.number, "text": one.text} for one in verdict.faults],
    }
