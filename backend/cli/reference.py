"""``openreg reference``: write the pages of ``docs/reference`` that follow from the code; load reference data."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.console import Console

from backend.cli.reference_lists import load
from backend.config import PARTS
from backend.core.problem_catalogue import known_problems
from backend.domain.event_catalogue.reference import render_events
from backend.domain.expressions.reference import render_reference
from backend.domain.regulations import load_pack
from backend.domain.regulations.rule_list import render_rule_list

FOLDER = Path("docs/reference")
EXAMPLE = Path(".env.example")
_NOTICE = "<!-- Written by `openreg reference`; change the code instead. -->"
PACKAGES = ("backend", "external_api")
#: Modules that act when they are imported: a Celery application, and programs.
_PROGRAMS = ("backend.tasks", "backend.cli.__main__")

console = Console(highlight=False)


reference_app = typer.Typer(invoke_without_command=True)
reference_app.command("load")(load)


@reference_app.callback()
def reference(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder the pages are written to.")] = FOLDER,
    example: Annotated[Path, typer.Option(help="File with every setting and its default.")] = EXAMPLE,
) -> None:
    """Write the reference pages and .env.example, or load reference data into a platform.

    A test refuses a change of the code that leaves the pages behind.
    """
    if context.invoked_subcommand is not None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for path, content in {
        example: environment_example(),
        **{out / name: page for name, page in pages().items()},
    }.items():
        path.write_text(content, encoding="utf-8")
        console.print(f"wrote {path}")


def pages() -> Mapping[str, str]:
    """File name → page."""
    return {
        "settings.md": settings_page(),
        "events.md": f"{_NOTICE}\n{render_events()}",
        "problems.md": problems_page(),
        "expressions.md": render_reference(),
        "mifir-rules.md": render_rule_list(load_pack("mifir-rts22")),
    }


def environment_example() -> str:
    """Every setting with its description and default, in the form of an environment file."""
    lines = [
        "# Every setting of OpenReg. Each secret may also be given as <NAME>_FILE, the path of a file that holds it."
    ]
    for concern, settings in _by_concern():
        lines += ["", f"## {concern}"]
        for alias, field in settings.items():
            needed = " Required." if field.is_required() else ""
            lines += [f"# {field.description}{needed}", f"{alias}={_default(field)}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Every setting: name, default, meaning."""
    lines = [
        _NOTICE,
        "# Settings",
        "",
        (
            "Settings are environment variables; each process reads them once, when it starts. A secret may also "
            "be given as `<NAME>_FILE`, the path of a file that holds it. An empty value counts as not given."
        ),
    ]
    for concern, settings in _by_concern():
        lines += ["", f"## {concern.rstrip('.')}", "", "| Name | Default | Meaning |", "| --- | --- | --- |"]
        for alias, field in settings.items():
            default = "required" if field.is_required() else f"`{_default(field)}`" if _default(field) else "–"
            secret = " (secret)" if "SecretStr" in str(field.annotation) else ""
            lines.append(f"| `{alias}` | {default} | {field.description}{secret} |")
    return "\n".join(lines) + "\n"


def problems_page() -> str:
    """Every error code with its HTTP status and its default message."""
    lines = [
        _NOTICE,
        "# Problems",
        "",
        (
            "Every refusal is a problem document (RFC 9457, `application/problem+json`) with `type` "
            "`urn:openreg:problem:<code>`, and often a `fix`: the next step in plain words. The same codes stand in "
            "the log, in the reason of a failed run and in the attempts of a delivery."
        ),
        "",
        "| Code | Status | May pass | Meaning |",
        "| --- | --- | --- | --- |",
    ]
    import_every_module()
    for one in known_problems(PACKAGES).values():
        may_pass = "yes" if one.may_pass else "no"
        lines.append(f"| `{one.code}` | {one.status} | {may_pass} | {one.meaning} |")
    return "\n".join(lines) + "\n"


def import_every_module() -> None:
    """Load both services whole, so that all of their errors are known."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.startswith(_PROGRAMS):
                import_module(module.name)


def _by_concern() -> Iterator[tuple[str, dict[str, FieldInfo]]]:
    """First sentence of each settings class, and its fields by variable name."""
    for settings in PARTS:
        concern = (settings.__doc__ or "").strip().partition("\n")[0]
        yield concern, {str(field.alias): field for field in settings.model_fields.values()}


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default is None or default is PydanticUndefined or default in ([], ()):
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)
