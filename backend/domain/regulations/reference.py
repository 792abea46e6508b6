"""The reference page of a pack: its fields and rules as Markdown, with the citation or the word ``unverified``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backend.domain.expressions.types import Kind
from backend.domain.regulations.lint import lint_pack
from backend.domain.regulations.model import UNBOUNDED, Field, Format, Pack, TargetColumn
from backend.domain.validation.rule import Rule, Source


def render_reference(pack: Pack) -> str:
    """The whole page, ending in a line break; the same pack always gives the same text."""
    sections = (_introduction(pack), _fields(pack), _columns(pack), _rules(pack), _code_lists(pack))
    return "\n".join(line for section in sections for line in section) + "\n"


def describe_format(facets: Format) -> str:
    """A format in words: ``text [A-Z]{3}``, ``decimal, 18 digits, 5 after the point, above 0``."""
    parts = [facets.kind.value]
    if facets.code_list_name is not None:
        parts.append(f"code list {facets.code_list_name}")
    if facets.pattern is not None and facets.kind is Kind.TEXT:
        parts.append(f"`{facets.pattern.replace('|', chr(92) + '|')}`")
    if facets.max_length is not None:
        parts.append(f"{facets.min_length or 0} to {facets.max_length} characters")
    if facets.total_digits is not None:
        parts.append(f"{facets.total_digits} digits, {facets.fraction_digits} after the point at most")
    if facets.minimum is not None:
        parts.append(f"{'above' if facets.exclusive_minimum else 'at least'} {facets.minimum}")
    return ", ".join(parts)


def _introduction(pack: Pack) -> Iterator[str]:
    report = lint_pack(pack)
    until = f"until {pack.effective_to}" if pack.effective_to else "with no end"
    yield f"# {pack.title}"
    yield ""
    yield f"Written by `openreg pack reference {pack.id}` from the pack's files; do not edit."
    yield ""
    yield f"Pack `{pack.id}` {pack.version}, in force from {pack.effective_from} {until}. {pack.regulation}."
    yield f"Message {pack.message.definition}, guideline `{pack.guideline}`; feedback comes as {pack.feedback_format}."
    yield ""
    yield f"{report.fields} fields in {report.columns} columns ({report.pii_columns} of them personal),"
    yield f"{report.rules} rules in {report.rule_parts} parts. **Unverified**, that is not yet matched with the"
    yield f"regulation's own text: {report.unverified_conditions} conditions, {report.unverified_rules} rules,"
    yield f"{report.unverified_code_lists} code lists, {report.unverified_fields} fields."
    yield "A rule on an unverified text is a warning."
    yield ""
    yield "Schema files to install (not shipped with OpenReg):"
    yield ""
    yield from (f"- `{schema.file_name}`, namespace `{schema.namespace}`" for schema in pack.message.schemas)
    yield ""


def _fields(pack: Pack) -> Iterator[str]:
    yield "## Fields"
    yield ""
    yield from _row("Field", "Name", "Required", "Content", "Condition", "Citation", "Personal")
    yield from _row(*["---"] * 7)
    for entry in pack.fields:
        yield from _row(
            str(entry.number),
            entry.name,
            entry.requirement.value,
            entry.content,
            _condition(entry),
            entry.citation if entry.source is Source.VERIFIED else f"{entry.citation} (unverified)",
            "yes" if entry.pii else "",
        )
    yield ""


def _condition(entry: Field) -> str:
    if entry.condition is None:
        return ""
    return entry.condition if entry.condition_source is Source.VERIFIED else f"{entry.condition} (unverified)"


def _columns(pack: Pack) -> Iterator[str]:
    yield "## Target columns"
    yield ""
    yield "Paths start below `Tx`. A column with several values takes them separated by `|`."
    yield ""
    yield from _row("Column", "Field", "Format", "Values", "Path")
    yield from _row(*["---"] * 5)
    for column in pack.columns.values():
        paths = "<br>".join(f"`{xpath}`" for xpath in column.xpaths)
        yield from _row(f"`{column.name}`", str(column.field), describe_format(column.format), _values(column), paths)
    yield ""


def _values(column: TargetColumn) -> str:
    return "any number" if column.repeats == UNBOUNDED else str(column.repeats)


def _rules(pack: Pack) -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield "True passes, NULL passes, false is a finding."
    yield ""
    for rule_id in dict.fromkeys(rule.id for rule in pack.rules):
        yield f"### {rule_id}"
        yield ""
        yield from _row("Part", "Says", "Fields", "Severity", "Message", "Citation")
        yield from _row(*["---"] * 6)
        parts = [rule for rule in pack.rules if rule.id == rule_id]
        for rule in parts:
            citation = rule.citation or ""
            yield from _row(
                rule.part or "",
                rule.title,
                ", ".join(map(str, rule.fields)),
                rule.severity.value,
                rule.message,
                citation if rule.source is Source.VERIFIED else f"{citation} (unverified)",
            )
        yield ""
        yield from _expressions(parts)


def _expressions(parts: Iterable[Rule]) -> Iterator[str]:
    yield "```sql"
    for rule in parts:
        if rule.part:
            yield f"-- {rule.part}"
        yield rule.expression
    yield "```"
    yield ""


def _code_lists(pack: Pack) -> Iterator[str]:
    yield "## Code lists"
    for code_list in pack.code_lists.values():
        yield ""
        yield f"### {code_list.name}"
        yield ""
        note = "" if code_list.source is Source.VERIFIED else " (unverified)"
        yield f"{code_list.title}. {code_list.citation}{note}."
        yield ""
        yield from (f"- `{code}` {meaning}" for code, meaning in code_list.codes.items())


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
