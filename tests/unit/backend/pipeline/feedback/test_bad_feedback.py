"""Feedback that cannot be believed is refused with a reason; nothing of it is guessed."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from backend.domain.feedback import AdviceState, MessageAdvice
from backend.pipeline.feedback.advices import FeedbackRefused
from backend.pipeline.feedback.csv_reader import CsvAdviceReader, CsvMapping
from backend.pipeline.feedback.xml_reader import MAX_DEPTH, MAX_PENDING, MAX_TEXT, XmlAdviceReader

NS = "urn:iso:std:iso:20022:tech:xsd:auth.031.001.01"
RECORD = "<RcrdSts><OrgnlRcrdId>{0}</OrgnlRcrdId><Sts>{1}</Sts></RcrdSts>"


def advice(content: str, namespace: str = NS, before: str = "") -> bytes:
    message = f"<FinInstrmRptgStsAdvc><StsAdvc>{content}</StsAdvc></FinInstrmRptgStsAdvc>"
    return f'{before}<Document xmlns="{namespace}">{message}</Document>'.encode()


def reason_of(content: bytes, size: int = 7) -> str:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    with pytest.raises(FeedbackRefused) as refused:
        list(XmlAdviceReader().read(pieces))
    assert refused.value.message
    return refused.value.reason


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
EXTERNAL = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
WHOLE = advice("<MsgSts><Sts>ACPT</Sts></MsgSts>" + RECORD.format("A", "ACPT"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_well_formed"),
        (b"\x00\xff\xfe not xml", "not_well_formed"),
        (b"PK\x03\x04zip", "not_well_formed"),
        (WHOLE[:-5], "not_well_formed"),
        (WHOLE[: len(WHOLE) // 2], "not_well_formed"),
        (WHOLE + b"<more/>", "not_well_formed"),
        (advice("<MsgRptIdr>&c;</MsgRptIdr>", before=BOMB), "document_type"),
        (advice("", before=EXTERNAL), "document_type"),
        (advice("<MsgRptIdr>&undeclared;</MsgRptIdr>"), "not_well_formed"),
        (advice("<MsgRptIdr>é</MsgRptIdr>").decode().encode("latin-1"), "not_well_formed"),
        (b'<?xml version="1.0" encoding="klingon"?>' + WHOLE, "encoding_unknown"),
        (advice("", namespace="urn:iso:std:iso:20022:tech:xsd:DRAFT5auth.031.001.01"), "unsupported_dialect"),
        (advice("<MsgStsAdvc/>"), "unsupported_dialect"),
        (advice("<MsgSts><RptSts>ACPT</RptSts></MsgSts>"), "unsupported_dialect"),
        (
            advice(
                "<MsgSts><Sts>ACPT</Sts><Sttstcs><NbOfRcrdsPerSts><DtldNbOfTxs>1</DtldNbOfTxs></NbOfRcrdsPerSts></Sttstcs></MsgSts>"
            ),
            "unsupported_dialect",
        ),
        (advice("<MsgSts><Sts>ACPT</Sts><New>1</New></MsgSts>"), "unknown_element"),
        (advice('<MsgSts><x:Sts xmlns:x="urn:other">ACPT</x:Sts></MsgSts>'), "unknown_element"),
        (advice("<MsgSts><Sts>OKAY</Sts></MsgSts>"), "state_unknown"),
        (advice(RECORD.format("A", "INCF")), "state_unknown"),
        (advice("<RcrdSts><OrgnlRcrdId>A</OrgnlRcrdId></RcrdSts>"), "state_unknown"),
        (advice("<RcrdSts><Sts>ACPT</Sts></RcrdSts>"), "record_without_id"),
        (advice("<MsgSts><Sts>ACPT</Sts><Sttstcs><TtlNbOfRcrds>-1</TtlNbOfRcrds></Sttstcs></MsgSts>"), "count_invalid"),
        (advice("", namespace="urn:iso:std:iso:20022:tech:xsd:auth.030.001.03"), "message_unknown"),
        (b"<Document/>", "message_unknown"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "message_unknown"),
        (b"<BizData><Pyld/></BizData>", "no_document"),
        (b"<BizData><Pyld>" + WHOLE + WHOLE + b"</Pyld></BizData>", "several_documents"),
        (advice(f"<MsgRptIdr>{'x' * (MAX_TEXT + 9)}</MsgRptIdr>"), "too_long"),
        (b"<BizData>" * (MAX_DEPTH + 2), "too_deep"),
        (advice(f"<SplmtryData>{'<x>' * (MAX_DEPTH + 2)}"), "too_deep"),
    ],
)
def test_bad_feedback_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    assert reason_of(content) == reason


def test_a_tag_without_end_is_not_gathered() -> None:
    assert reason_of(b"<Document " + b"a" * (MAX_PENDING + 2 * 1024 * 1024), 1024 * 1024) == "too_long"


def test_the_header_says_whom_and_which_message() -> None:
    party = "<OrgId><Id><OrgId><Othr><Id>{0}</Id><SchmeNm><Prtry>LEI</Prtry></SchmeNm></Othr></OrgId></Id></OrgId>"
    header = (
        '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><Fr>' + party.format("NCA") + "</Fr><To>"
        f"{party.format('549300MINE')}</To><BizMsgIdr>ANSWER</BizMsgIdr><Rltd><BizMsgIdr>SENT</BizMsgIdr></Rltd></AppHdr>"
    )
    content = f'<BizData xmlns="urn:x:head.003.001.01"><Hdr>{header}</Hdr><Pyld>{WHOLE.decode()}</Pyld></BizData>'
    reader = XmlAdviceReader()
    assert [frame.height for frame in reader.read([content.encode()])] == [1]
    said = reader.file
    assert (said.sender, said.receiver, said.message_id, said.related) == ("NCA", "549300MINE", "ANSWER", "SENT")


MAPPING = CsvMapping(
    "Ref", "Status", "Rule", "Text", "File", {"OK": AdviceState.ACCEPTED, "NOK": AdviceState.REJECTED}, ";"
)


def test_a_mapped_file_is_read() -> None:
    lines = 'File;Ref;Status;Rule;Text\r\nF1;A;OK;;\r\nF1;B;NOK;R1;"one;\ntwo"\r\nF2;C;PDNG;;\r\n'
    reader = CsvAdviceReader(MAPPING)
    content = lines.encode()
    rows = [
        row
        for frame in reader.read([content[i : i + 3] for i in range(0, len(content), 3)])
        for row in frame.rows(named=True)
    ]
    assert [(row["message"], row["record_id"], row["state"], row["rules"]) for row in rows] == [
        (1, "A", "accepted", "[]"),
        (1, "B", "rejected", '[{"id": "R1", "text": "one;\\ntwo"}]'),
        (2, "C", "pending", "[]"),
    ]
    assert [one.message_id for one in reader.file.messages] == ["F1", "F2"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no_document"),
        (b"Ref;Status;Rule;Text\n", "column_missing"),
        (b"File;Ref;Ref;Status;Rule;Text\n", "column_missing"),
        (b"File;Ref;Status;Rule;Text\nF;A;OK\n", "not_well_formed"),
        (b"File;Ref;Status;Rule;Text\nF;A;PERHAPS;;\n", "state_unknown"),
        (b"File;Ref;Status;Rule;Text\nF;;OK;;\n", "record_without_id"),
        (b"File;Ref;Status;Rule;Text\nF;\xe4;OK;;\n", "encoding_unknown"),
        (b'File;Ref;Status;Rule;Text\nF;A;OK;;"never closed\n', "not_well_formed"),
    ],
)
def test_a_bad_mapped_file_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(FeedbackRefused) as refused:
        list(CsvAdviceReader(MAPPING).read([content]))
    assert refused.value.reason == reason


def message(total: int | None, stated: dict[AdviceState, int], listed: dict[AdviceState, int]) -> MessageAdvice:
    return MessageAdvice(1, "M", "PART", total=total, stated=stated, listed=listed)


A, P, R = AdviceState.ACCEPTED, AdviceState.PENDING, AdviceState.REJECTED


@pytest.mark.parametrize(
    ("said", "sent", "infers", "is_believed"),
    [
        (message(10, {A: 8, R: 2}, {R: 2}), 10, True, True),
        (message(10, {A: 8, R: 2}, {A: 3, R: 2}), 10, True, True),
        (message(10, {A: 7, P: 1, R: 2}, {P: 1, R: 2}), 10, True, True),
        (message(10, {A: 8, R: 2}, {R: 1}), 10, False, False),
        (message(10, {A: 8, R: 2}, {R: 3}), 10, False, False),
        (message(10, {A: 8, R: 1}, {R: 1}), 10, False, False),
        (message(10, {A: 2, R: 8}, {A: 3, R: 8}), 10, False, False),
        (message(10, {A: 8, R: 2}, {R: 2}), 11, False, False),
        (message(2, {R: 2}, {R: 2}), 11, False, True),
        (message(None, {}, {R: 2}), 11, False, True),
    ],
)
def test_accepted_is_concluded_only_from_counts_that_agree(
    said: MessageAdvice, sent: int, *, infers: bool, is_believed: bool
) -> None:
    found = said.conclusion(sent)
    assert (found.infers_accepted, found.reason is None) == (infers, is_believed)


@pytest.mark.parametrize("status", ["INCF", "CRPT"])
def test_nothing_is_concluded_from_a_file_that_was_not_read(status: str) -> None:
    said = MessageAdvice(1, "M", status, total=10, stated={A: 10})
    assert not said.conclusion(10).infers_accepted


@pytest.mark.long
def test_two_gigabytes_are_read_in_bounded_memory() -> None:
    record = RECORD.format("5493001KJTIIGC8Y1R12TRN{0:012d}", "RJCT")

    def pieces() -> Iterator[bytes]:
        head, tail = advice("|").split(b"|")
        yield head
        for start in range(0, 22_000_000, 10_000):
            yield "".join(record.format(number) for number in range(start, start + 10_000)).encode()
        yield tail

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(frame.height for frame in XmlAdviceReader().read(pieces())) == 22_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
