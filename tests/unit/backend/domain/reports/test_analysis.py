"""From a document to a typed program: every fault with its place, all of them in one pass."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, Kind
from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportDocumentInvalid, ReportProgram, Surroundings, analyse, inspect
from backend.domain.reports.document import ReportDocument
from backend.domain.validation.rule_sets import RULES, RuleSetVersionContent, rules_sha256
from tests.factories.documents import COLUMNS, own_rule, plain_document

CONNECTOR = UUID(int=1)
MIFIR = {
    "pack": "mifir-rts22",
    "fields": {"report_status": "'NEWT'", "transaction_reference_number": "trade_id"},
    "record_key": ["transaction_reference_number"],
    "outputs": [{"format": "xml"}],
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("mifir-rts22")


def program_of(rules_of: Pack | None = None, /, **changes: Any) -> ReportProgram:
    return analyse(ReportDocument.model_validate(plain_document(CONNECTOR, **changes)), rules_of, COLUMNS)


def faults_of(rules_of: Pack | None = None, /, **changes: Any) -> list[dict[str, Any]]:
    with pytest.raises(ReportDocumentInvalid) as refused:
        program_of(rules_of, **changes)
    errors = refused.value.extra["errors"]
    assert isinstance(errors, list)
    assert str(len(errors)) in refused.value.message
    for error in errors:
        assert error["pointer"].startswith("/")
        assert error["code"]
        assert error["detail"]
    return errors


def test_a_good_document_becomes_typed_expressions() -> None:
    program = program_of(filter="quantity > 0", rules=[own_rule()])
    assert program.columns == COLUMNS
    assert program.fields["reference"].type == TEXT
    assert program.fields["amount"].type.kind is Kind.DECIMAL
    assert program.fields["amount"].columns == {"quantity", "price"}
    assert program.filter is not None
    assert program.filter.type == BOOLEAN
    assert [one.rule.id for one in program.source_rules] == ["OWN-01"]
    assert program.target_types() == {name: one.type for name, one in program.fields.items()}


def test_an_unknown_column_is_pointed_at_with_position_and_suggestion() -> None:
    (fault,) = faults_of(fields={"reference": "trade_id", "amount": "price *\n  quantty"}, record_key=[])
    assert (fault["pointer"], fault["code"]) == ("/fields/amount", "unknown_column")
    assert (fault["line"], fault["column"]) == (2, 3)
    assert fault["suggestion"] == "quantity"
    assert "quantty" in fault["detail"]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("trade_id +", "syntax_error"),
        ("nothing(trade_id)", "unknown_function"),
        ("trade_id + quantity", "type_mismatch"),
        ("quantity / 0", "division_by_zero"),
        ("regexp_matches(trade_id, '(')", "invalid_regex"),
        ("CAST('x' AS INTEGER)", None),
        ("(select 1)", None),
        ("read_csv('/etc/passwd')", None),
        ("count(*) over ()", None),
        ("$unknown", None),
    ],
)
def test_what_an_expression_may_not_be_is_refused_at_its_place(expression: str, code: str | None) -> None:
    (fault,) = faults_of(fields={"reference": expression})
    assert fault["pointer"] == "/fields/reference"
    assert code is None or fault["code"] == code


def test_a_filter_and_a_rule_must_say_yes_or_no() -> None:
    faults = faults_of(filter="quantity", rules=[own_rule(), own_rule(id="OWN-02", expression="trade_id")])
    assert [(fault["pointer"], fault["code"]) for fault in faults] == [
        ("/filter", "type_mismatch"),
        ("/rules/1/expression", "type_mismatch"),
    ]


def test_several_faults_are_told_together_each_at_its_place() -> None:
    faults = faults_of(
        filter="nothing_here > 0",
        fields={"reference": "trade_idd", "amount": "quantity +", "third": "1"},
        rules=[own_rule(expression="qty > 0")],
    )
    assert [fault["pointer"] for fault in faults] == [
        "/filter",
        "/fields/reference",
        "/fields/amount",
        "/rules/0/expression",
    ]


def test_a_source_rule_sees_source_columns_only() -> None:
    (fault,) = faults_of(rules=[own_rule(expression="amount > 0")])
    assert (fault["pointer"], fault["code"]) == ("/rules/0/expression", "unknown_column")


def test_a_target_rule_sees_the_columns_that_the_fields_make() -> None:
    program = program_of(rules=[own_rule(phase="target", expression="amount > 0")])
    assert [one.rule.id for one in program.target_rules] == ["OWN-01"]
    (fault,) = faults_of(rules=[own_rule(phase="target", expression="quantity > 0")])
    assert fault["pointer"] == "/rules/0/expression"


def test_only_a_set_rule_may_look_at_other_records() -> None:
    window = "count(*) over (partition by reference) = 1"
    program = program_of(rules=[own_rule(phase="set", scope="whole_set", expression=window)])
    assert [one.rule.id for one in program.set_rules] == ["OWN-01"]
    for phase in ("source", "target"):
        assert faults_of(rules=[own_rule(phase=phase, expression=window.replace("reference", "1"))])


def test_parameters_are_typed_by_their_declaration() -> None:
    source = {
        **plain_document(CONNECTOR)["source"],
        "parameters": {"book": {"type": "text"}, "limit": {"type": "decimal"}},
    }
    program = program_of(source=source, fields={"reference": "$book || trade_id", "amount": "price * $limit"})
    assert program.fields["reference"].type == TEXT
    (fault,) = faults_of(source=source, fields={"reference": "$book + 1"})
    assert fault["code"] == "type_mismatch"
    (fault,) = faults_of(source=source, fields={"reference": "$boook"})
    assert fault["pointer"] == "/fields/reference"


def test_the_rules_of_the_pack_come_with_the_documents_own(pack: Pack) -> None:
    program = program_of(
        pack, **MIFIR, rules=[own_rule(), own_rule(id="OWN-02", phase="target", expression="venue IS NULL")]
    )
    packs = {rule.id for rule in pack.rules}
    found = {one.rule.id for part in (program.source_rules, program.target_rules, program.set_rules) for one in part}
    assert packs
    assert found == packs | {"OWN-01", "OWN-02"}


def test_a_rule_of_the_report_is_marked_as_unverified_text(pack: Pack) -> None:
    program = program_of(pack, **MIFIR, rules=[own_rule(citation="our own policy")])
    (own,) = [one.rule for one in program.source_rules if one.rule.id == "OWN-01"]
    assert own.source == "unverified"
    assert own.columns == ("quantity",)


def test_a_field_the_pack_does_not_have_is_refused(pack: Pack) -> None:
    (fault,) = faults_of(pack, **{**MIFIR, "fields": {**MIFIR["fields"], "buyer_shoe_size": "quantity"}})
    assert (fault["pointer"], fault["code"]) == ("/fields/buyer_shoe_size", "unknown_target_column")


@pytest.mark.parametrize(
    ("column", "expression"),
    [
        ("trading_datetime", "trade_id"),
        ("quantity_unit", "trade_id"),
        ("venue", "quantity"),
        ("price_sign", "quantity"),
        ("maturity_date", "trade_id"),
    ],
)
def test_an_expression_of_another_type_than_its_column_is_refused_with_the_cast_to_write(
    pack: Pack, column: str, expression: str
) -> None:
    (fault,) = faults_of(pack, **{**MIFIR, "fields": {**MIFIR["fields"], column: expression}})
    assert (fault["pointer"], fault["code"]) == (f"/fields/{column}", "type_mismatch")
    assert (fault["line"], fault["column"]) == (1, 1)
    # What is suggested is what helps: written down, it is accepted.
    program = program_of(pack, **{**MIFIR, "fields": {**MIFIR["fields"], column: fault["suggestion"]}})
    assert program.fields[column].type == pack.columns[column].type


@pytest.mark.parametrize("expression", ["NULL", "quantity", "CAST(quantity AS DECIMAL(18, 2))"])
def test_nothing_whole_numbers_and_decimals_fit_a_decimal_column(pack: Pack, expression: str) -> None:
    program = program_of(pack, **{**MIFIR, "fields": {**MIFIR["fields"], "quantity_unit": expression}})
    assert "quantity_unit" in program.fields


def test_the_column_that_decides_the_form_of_a_record_must_be_mapped(pack: Pack) -> None:
    fields = {"transaction_reference_number": "trade_id"}
    (fault,) = faults_of(pack, **{**MIFIR, "fields": fields})
    assert (fault["pointer"], fault["code"]) == ("/fields", "field_missing")
    assert "report_status" in fault["detail"]


def test_a_fault_in_that_column_is_told_once(pack: Pack) -> None:
    (fault,) = faults_of(pack, **{**MIFIR, "fields": {**MIFIR["fields"], "report_status": "nothing_here"}})
    assert fault["pointer"] == "/fields/report_status"


def test_a_source_column_of_the_same_name_as_a_target_column_is_no_confusion() -> None:
    columns = {"amount": INTEGER, "day": DATE}
    document = plain_document(CONNECTOR, fields={"amount": "CAST(amount AS DECIMAL(10,2)) / 100"}, record_key=[])
    document["rules"] = [
        own_rule(phase="target", expression="amount >= 0.01"),
        own_rule(id="OWN-02", expression="amount >= 1"),
    ]
    program = analyse(ReportDocument.model_validate(document), None, columns)
    assert program.source_rules[0].expression.columns == {"amount"}
    assert program.columns["amount"] == INTEGER
    assert program.target_types()["amount"] != INTEGER


def test_a_default_of_another_type_is_refused_when_it_is_written_not_when_a_run_needs_it() -> None:
    parameters = {
        "book": {"type": "text", "default": "A"},
        "since": {"type": "date", "default": "2026-02-29"},
        "limit": {"type": "decimal", "default": "much"},
        "desk": {"type": "integer"},
    }
    source = {**plain_document(CONNECTOR)["source"], "parameters": parameters}
    faults = faults_of(source=source)
    assert [(fault["pointer"], fault["code"]) for fault in faults] == [
        ("/source/parameters/since/default", "default_invalid"),
        ("/source/parameters/limit/default", "default_invalid"),
    ]
    assert "date" in faults[0]["detail"]


def house(*changes: dict[str, Any]) -> RuleSetVersionContent:
    written = RULES.validate_python([own_rule(**{"id": "HOUSE-01", **one}) for one in changes])
    return RuleSetVersionContent("house", 2, rules_sha256(written), written)


def with_sets(
    rules_of: Pack | None, known: dict[str, RuleSetVersionContent | None], **changes: Any
) -> tuple[ReportProgram, list[tuple[object, ...]]]:
    document = ReportDocument.model_validate(plain_document(CONNECTOR, **changes))
    found = inspect(document, rules_of, COLUMNS, Surroundings(rule_sets=known))
    return found.program, [(one["pointer"], one["code"], one.get("suggestion")) for one in found.faults]


def test_the_rules_of_a_set_judge_between_those_of_the_pack_and_the_reports_own() -> None:
    known = {"house": house({}, {"id": "HOUSE-02", "is_enabled": False}, {"id": "HOUSE-03", "valid_to": "2026-01-01"})}
    program, faults = with_sets(None, {**known, "other": None}, rule_sets=["house"], rules=[own_rule()])
    assert faults == []
    assert [one.rule.id for one in program.source_rules] == ["HOUSE-01", "HOUSE-03", "OWN-01"]
    assert program.source_rules[1].rule.valid_to == date(2026, 1, 1)
    assert program.source_rules[0].rule.columns == ("quantity",)


def test_a_set_that_does_not_fit_the_report_is_pointed_at_with_rule_place_and_suggestion() -> None:
    known = {"house": house({"expression": "price > 0\n AND quantty > 0"})}
    document = ReportDocument.model_validate(plain_document(CONNECTOR, rule_sets=["house"]))
    (fault,) = inspect(document, None, COLUMNS, Surroundings(rule_sets=known)).faults
    assert (fault["pointer"], fault["code"], fault["suggestion"]) == ("/rule_sets/0", "unknown_column", "quantity")
    assert (fault["line"], fault["column"]) == (2, 6)
    assert str(fault["detail"]).startswith("HOUSE-01 of house: ")


def test_a_set_that_nobody_knows_or_that_does_not_judge_yet_is_a_fault() -> None:
    _, faults = with_sets(None, {"house_rules": None, "new": None}, rule_sets=["house_rule", "new"])
    assert faults == [
        ("/rule_sets/0", "rule_set_unknown", "house_rules"),
        ("/rule_sets/1", "rule_set_not_active", None),
    ]


def test_no_two_rules_of_a_report_have_the_same_id_wherever_they_are_written(pack: Pack) -> None:
    taken = pack.rules[0].id
    known = {"house": house({"id": taken}, {}), "more": house({})}
    _, faults = with_sets(pack, known, **MIFIR, rule_sets=["house", "more"], rules=[own_rule(id="HOUSE-01")])
    assert faults == [
        ("/rule_sets/0", "rule_id_taken", None),
        ("/rule_sets/1", "rule_id_taken", None),
        ("/rules/0/id", "rule_id_taken", None),
    ]


def test_a_rule_of_the_report_has_days_too() -> None:
    program = program_of(rules=[own_rule(valid_from="2026-01-01", valid_to="2026-07-01")])
    rule = program.source_rules[0].rule
    assert [rule.applies_on(date(2026, month, day)) for month, day in ((1, 1), (6, 30), (7, 1))] == [True, True, False]
