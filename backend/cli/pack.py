"""``openreg pack``: list the regulation packs, check one for contradictions, write its reference page."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from backend.domain.regulations import (
    LintIssue,
    LintReport,
    PackInvalid,
    lint_pack,
    list_packs,
    load_pack,
)
from backend.domain.regulations.reference import render_reference
from backend.domain.regulations.rule_list import list_rules

pack_app = typer.Typer(name="pack", help="Regulation packs: what OpenReg knows about a regime.", no_args_is_help=True)

_JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]
_PackId = Annotated[str, typer.Argument(help="The id of the pack, e.g. mifir-rts22.")]


@pack_app.command("list")
def list_command(*, as_json: _JsonFlag = False) -> None:
    """List the regulation packs of this installation."""
    packs = [load_pack(pack_id) for pack_id in list_packs()]
    if as_json:
        _write_json(
            {
                "packs": [
                    {
                        "id": pack.id,
                        "version": pack.version,
                        "title": pack.title,
                        "message": pack.message.definition,
                        "effective_from": pack.effective_from.isoformat(),
                        "effective_to": pack.effective_to.isoformat() if pack.effective_to else None,
                    }
                    for pack in packs
                ]
            }
        )
        return
    table = Table("Pack", "Version", "Title", "Message", "In force from")
    for pack in packs:
        table.add_row(pack.id, pack.version, pack.title, pack.message.definition, pack.effective_from.isoformat())
    Console().print(table)


@pack_app.command("lint")
def lint_command(
    pack_id: Annotated[str | None, typer.Argument(help="The id of the pack; all packs when left out.")] = None,
    *,
    as_json: _JsonFlag = False,
) -> None:
    """Check packs for contradictions and count what is unverified; exits with 1 when one is found.

    As JSON with the list of rules. The beginning of an id is enough where it fits one pack.
    """
    found = [_lint(name) for name in ([_whole_id(pack_id)] if pack_id else list_packs())]
    if as_json:
        _write_json({"packs": found})
    else:
        for entry in found:
            _print_lint(entry)
    if any(entry["issues"] for entry in found):
        raise typer.Exit(1)


@pack_app.command("reference")
def reference_command(
    pack_id: _PackId,
    output: Annotated[Path | None, typer.Option("--output", help="Write to this file, not to the screen.")] = None,
) -> None:
    """Write the pack's fields, columns, rules and code lists as Markdown."""
    text = render_reference(load_pack(pack_id))
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def _whole_id(beginning: str) -> str:
    fitting = [name for name in list_packs() if name == beginning or name.startswith(f"{beginning}-")]
    return fitting[0] if len(fitting) == 1 else beginning


def _lint(pack_id: str) -> dict[str, object]:
    try:
        pack = load_pack(pack_id)
        return _as_dict(lint_pack(pack)) | {"rule_list": [asdict(one) for one in list_rules(pack)]}
    except PackInvalid as broken:
        places = broken.extra.get("places")
        messages = [str(place) for place in places] if isinstance(places, list) else [broken.message]
        issues = [asdict(LintIssue(broken.code, pack_id, message)) for message in messages]
        return {"pack_id": pack_id, "issues": issues}


def _as_dict(report: LintReport) -> dict[str, object]:
    return {**asdict(report), "issues": [asdict(issue) for issue in report.issues]}


def _print_lint(entry: dict[str, object]) -> None:
    console = Console()
    issues = entry["issues"]
    table = Table("Pack", str(entry["pack_id"]))
    for name, value in entry.items():
        if name not in {"pack_id", "issues", "rule_list"}:
            table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    if isinstance(issues, list) and issues:
        for issue in issues:
            console.print(f"{issue['code']} at {issue['place']}: {issue['message']}", style="red", markup=False)
    else:
        console.print("No contradictions.", style="green")


def _write_json(document: dict[str, object]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
