"""auth.031: the status advice of MiFIR, message by message, record by record."""

from __future__ import annotations

from backend.domain.feedback import AdviceState, RuleText
from backend.pipeline.feedback.advices import MAX_FILE_RULES, MAX_RECORD_RULES, Advices, FeedbackRefused
from backend.pipeline.feedback.grammar import Node, anything, group, leaf
from backend.pipeline.feedback.rule_parts import RuleParts, count_of, state_of

MESSAGE_CODES = frozenset({"ACPT", "ACTC", "PART", "RCVD", "RJCT", "RMDR", "WARN", "INCF", "CRPT"})
#: Codes of a record in this message.
CODES = ("ACPT", "ACPD", "PDNG", "RCVD", "RJCT", "RJPD", "WARN")


class StatusAdvice:
    """Takes the elements of ``FinInstrmRptgStsAdvc``."""

    def __init__(self, advices: Advices) -> None:
        self._advices = advices
        self._states = {code: state_of(code) for code in CODES}
        self._record_id = self._code = ""
        self._count: int | None = None
        self._counted = ""
        self._rules: list[str] = []

    def node(self) -> Node:
        """The grammar of the document's content."""
        per_status = group(
            self._end_count, DtldNbOfRcrds=leaf(self._take_count), DtldSts=leaf(self._take_counted_state)
        )
        message = group(
            Sts=leaf(self._take_message_state),
            VldtnRule=RuleParts(self._add_file_rule).node(),
            MsgDt=leaf(),
            Sttstcs=group(TtlNbOfRcrds=leaf(self._take_total), NbOfRcrdsPerSts=per_status),
        )
        record = group(
            self._end_record,
            OrgnlRcrdId=leaf(self._take_record_id),
            Sts=leaf(self._take_code),
            VldtnRule=RuleParts(self._add_rule).node(),
            SplmtryData=anything(),
        )
        advice = group(
            None,
            self._begin_message,
            MsgRptIdr=leaf(self._take_message_id),
            MsgSts=message,
            RcrdSts=record,
            SplmtryData=anything(),
        )
        return group(FinInstrmRptgStsAdvc=group(StsAdvc=advice, SplmtryData=anything()))

    def _begin_message(self) -> None:
        self._message = self._advices.begin_message()

    def _take_message_id(self, text: str) -> None:
        self._message.message_id = text.strip()

    def _take_message_state(self, text: str) -> None:
        code = text.strip()
        if code not in MESSAGE_CODES:
            raise FeedbackRefused("state_unknown", f"{code[:40]!r} is not a state of a message.")
        self._message.status = code

    def _add_file_rule(self, rule_id: str, text: str | None, scheme: str | None, issuer: str | None) -> None:
        if len(self._message.rules) < MAX_FILE_RULES:
            self._message.rules.append(RuleText(rule_id, text, scheme, issuer))

    def _take_total(self, text: str) -> None:
        self._message.total = count_of(text)

    def _take_count(self, text: str) -> None:
        self._count = count_of(text)

    def _take_counted_state(self, text: str) -> None:
        self._counted = text.strip()

    def _end_count(self, _: str) -> None:
        state = self._state(self._counted)
        if self._count is None:
            raise FeedbackRefused("count_missing", f"The number of records with the state {self._counted} is missing.")
        stated = self._message.stated
        stated[state] = stated.get(state, 0) + self._count
        self._count, self._counted = None, ""

    def _take_record_id(self, text: str) -> None:
        self._record_id = text

    def _take_code(self, text: str) -> None:
        self._code = text

    def _add_rule(self, rule_id: str, text: str | None, scheme: str | None, issuer: str | None) -> None:
        if len(self._rules) < MAX_RECORD_RULES:
            self._rules.append(self._advices.rule(rule_id, text, scheme, issuer))

    def _end_record(self, _: str) -> None:
        record_id = self._record_id
        if not record_id:
            raise FeedbackRefused("record_without_id", "A record has no identifier.")
        rules = self._rules
        state = self._states.get(self._code) or self._state(self._code.strip())
        self._advices.add(record_id, self._code.strip(), state, f"[{','.join(rules)}]" if rules else "[]")
        if rules:
            self._rules = []
        self._record_id = self._code = ""

    def _state(self, code: str) -> AdviceState:
        found = self._states.get(code)
        if found is None:
            raise FeedbackRefused("state_unknown", f"{code[:40]!r} is not a state of a record in this message.")
        return found
