"""Status advices (auth.031) as the regulator writes them, each checked against the official schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lxml import etree

from tests.services.regulator.judgement import ACCEPTED, REJECTED, Verdict
from tests.services.regulator.received import AUTH_031, Schemas

WHOLE, PART, NONE, CORRUPT = "ACPT", "PART", "RJCT", "CRPT"


def advice_of(message_id: str, verdicts: Sequence[Verdict], schemas: Schemas) -> bytes:
    """The answer about the records of a file; accepted ones are counted and not listed."""
    counts = Counter(one.state for one in verdicts)
    status = WHOLE if set(counts) <= {ACCEPTED} else NONE if set(counts) == {REJECTED} else PART
    advice, message = _begun(message_id, status)
    statistics = etree.SubElement(message, _name("Sttstcs"))
    _text(statistics, "TtlNbOfRcrds", str(len(verdicts)))
    for state, count in sorted(counts.items()):
        by_state = etree.SubElement(statistics, _name("NbOfRcrdsPerSts"))
        _text(by_state, "DtldNbOfRcrds", str(count))
        _text(by_state, "DtldSts", state)
    for one in verdicts:
        if one.state != ACCEPTED:
            _add_record(advice, one)
    return _written(advice, schemas)


def later_advice(message_id: str, verdicts: Sequence[Verdict], schemas: Schemas) -> bytes:
    """The second answer about records that were pending: each of them is listed."""
    advice, _ = _begun(message_id, PART)
    for one in verdicts:
        _add_record(advice, one)
    return _written(advice, schemas)


def refusal(message_id: str, status: str, reasons: Sequence[tuple[str, str]], schemas: Schemas) -> bytes:
    """The answer to a file of which nothing was taken."""
    advice, message = _begun(message_id, status)
    for reason in reasons:
        _add_rule(message, reason)
    return _written(advice, schemas)


def _begun(message_id: str, status: str) -> tuple[etree._Element, etree._Element]:
    document = etree.Element(_name("Document"), nsmap={None: AUTH_031})
    advice = etree.SubElement(etree.SubElement(document, _name("FinInstrmRptgStsAdvc")), _name("StsAdvc"))
    if message_id:
        _text(advice, "MsgRptIdr", message_id)
    message = etree.SubElement(advice, _name("MsgSts"))
    _text(message, "Sts", status)
    return advice, message


def _add_record(advice: etree._Element, one: Verdict) -> None:
    record = etree.SubElement(advice, _name("RcrdSts"))
    _text(record, "OrgnlRcrdId", one.record_id)
    _text(record, "Sts", one.state)
    if one.rule is not None:
        _add_rule(record, one.rule)


def _add_rule(parent: etree._Element, rule: tuple[str, str]) -> None:
    written = etree.SubElement(parent, _name("VldtnRule"))
    _text(written, "Id", rule[0])
    _text(written, "Desc", rule[1][:350])


def _text(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, _name(name)).text = value


def _name(local: str) -> str:
    return f"{{{AUTH_031}}}{local}"


def _written(advice: etree._Element, schemas: Schemas) -> bytes:
    document = advice.getroottree().getroot()
    faults = schemas.faults(AUTH_031, document)
    if faults:
        raise ValueError(f"the advice is not valid: {faults[0]}")
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")
