"""``openreg pack`` as a person and as a program use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.pack import pack_app
from backend.domain.regulations import PackNotFound, documents, load_pack, loader
from backend.domain.regulations.reference import render_reference


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(pack_app, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def broken_catalog(pack_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A catalogue whose only pack can be broken; the cache of packs read before is put aside."""
    monkeypatch.setattr(loader, "CATALOG", pack_copy.parent)
    monkeypatch.setattr(loader, "list_folders", lambda: documents.list_folders(pack_copy.parent))
    load_pack.cache_clear()
    yield pack_copy
    load_pack.cache_clear()


@pytest.fixture
def pack_copy(tmp_path: Path) -> Path:
    source = documents.CATALOG / "mifir_rts22"
    folder = tmp_path / "mifir_rts22"
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_list_names_the_pack_and_its_message() -> None:
    code, output = run("list", "--json")
    assert code == 0
    assert json.loads(output)["packs"][0]["id"] == "mifir-rts22"
    assert json.loads(output)["packs"][0]["message"] == "auth.016.001.01"
    assert "mifir-rts22" in run("list")[1]


@pytest.mark.parametrize("arguments", [["mifir-rts22"], ["mifir"], []])
def test_lint_of_the_shipped_pack_is_clean_and_counts_what_is_unverified(arguments: list[str]) -> None:
    code, output = run("lint", *arguments, "--json")
    assert code == 0
    (report,) = json.loads(output)["packs"]
    assert report["issues"] == []
    assert (report["fields"], report["rules"]) == (65, 31)
    assert len(report["rule_list"]) == report["rule_parts"] + 1  # and the demands of the message definition
    listed = {one["key"]: one for one in report["rule_list"]}
    assert (listed["MR-05"]["scope"], listed["MR-05"]["citation"], listed["MR-05"]["verified"]) == (
        "history", "ESMA validation rule CON-023", True,
    )  # fmt: skip
    assert report["unverified_conditions"] > 0
    code, output = run("lint", *arguments)
    assert code == 0
    assert "No contradictions." in output


def test_lint_of_a_contradictory_pack_names_the_place_and_fails(broken_catalog: Path) -> None:
    rules = broken_catalog / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("lei_valid({column})", "lei_valid('x')"), "utf-8")
    code, output = run("lint", "--json")
    assert code == 1
    places = {issue["place"] for issue in json.loads(output)["packs"][0]["issues"]}
    assert "MR-02.executing_entity" in places
    code, output = run("lint")
    assert code == 1
    assert "MR-02.executing_entity" in output


def test_lint_of_a_pack_that_cannot_be_read_lists_what_breaks_the_schema(broken_catalog: Path) -> None:
    fields = broken_catalog / "fields.yaml"
    fields.write_text(fields.read_text(encoding="utf-8").replace("number: 7\n", "number: seven\n"), "utf-8")
    code, output = run("lint", "mifir-rts22", "--json")
    assert code == 1
    (issue,) = json.loads(output)["packs"][0]["issues"]
    assert issue["code"] == "pack_invalid"
    assert "fields.yaml#/fields/6/number" in issue["message"]


@pytest.mark.parametrize("command", ["lint", "reference"])
def test_an_unknown_pack_is_refused_with_the_known_ones(command: str) -> None:
    result = CliRunner().invoke(pack_app, [command, "mifid"])
    assert isinstance(result.exception, PackNotFound)
    assert result.exception.fix == "Use one of: mifir-rts22."


def test_reference_goes_to_the_screen_or_a_file(tmp_path: Path) -> None:
    page = render_reference(load_pack("mifir-rts22"))
    assert run("reference", "mifir-rts22") == (0, page)
    assert run("reference", "mifir-rts22", "--output", str(tmp_path / "page.md"))[0] == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page
