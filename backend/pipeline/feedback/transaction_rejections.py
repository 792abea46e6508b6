"""What auth.092 and auth.084 have in common: rejected transactions with their reasons, and counts by party."""

from __future__ import annotations

from backend.domain.feedback import AdviceState, MessageAdvice, RuleText
from backend.pipeline.feedback.advices import MAX_FILE_RULES, MAX_RECORD_RULES, Advices, FeedbackRefused
from backend.pipeline.feedback.grammar import Node, anything, group, leaf
from backend.pipeline.feedback.rule_parts import RuleParts, count_of, state_of

MAX_PARTIES = 100


class Counts:
    """Transactions as a part of the file states them."""

    def __init__(self) -> None:
        self.total = self.accepted = self.rejected = 0
        self.is_stated = False

    def nodes(self) -> dict[str, Node]:
        """The elements with the counts of transactions."""
        return {
            "TtlNbOfTxs": leaf(self._take_total),
            "TtlNbOfTxsAccptd": leaf(self._take_accepted),
            "TtlNbOfTxsRjctd": leaf(self._take_rejected),
        }

    def state(self, message: MessageAdvice) -> None:
        """Add the counts to those of the message, and begin anew."""
        if self.is_stated:
            message.total = (message.total or 0) + self.total
            for state, count in ((AdviceState.ACCEPTED, self.accepted), (AdviceState.REJECTED, self.rejected)):
                message.stated[state] = message.stated.get(state, 0) + count
        self.total = self.accepted = self.rejected = 0
        self.is_stated = False

    def _take_total(self, text: str) -> None:
        self.total, self.is_stated = count_of(text), True

    def _take_accepted(self, text: str) -> None:
        self.accepted = count_of(text)

    def _take_rejected(self, text: str) -> None:
        self.rejected = count_of(text)


class Rejections:
    """Takes rejected transactions and reports; the message is the one that was begun last."""

    def __init__(self, advices: Advices) -> None:
        self._advices = advices
        self.counts = Counts()
        self.message = MessageAdvice(0)
        self._report_id = self._report_state = ""
        self._rules: list[str] = []
        self._record_id = self._technical_id = self._code = ""
        self._entity: str | None = None
        self._action: str | None = None
        self._reported_at: str | None = None

    def begin_message(self) -> None:
        """What follows is about another party or report."""
        self.message = self._advices.begin_message(is_exhaustive=False)

    def take_party(self, text: str) -> None:
        """A party that the message is about."""
        parties = self.message.parties
        if text not in parties and len(parties) < MAX_PARTIES:
            parties.append(text)

    def report_statistics(self) -> Node:
        """``RptSttstcs``: reports that were rejected as a whole."""
        status = group(
            self._end_report,
            MsgRptId=leaf(self._take_report_id),
            Sts=leaf(self._take_report_state),
            DtldVldtnRule=RuleParts(self._add_file_rule).node(),
        )
        return group(
            TtlNbOfRpts=leaf(count_and_forget),
            TtlNbOfRptsAccptd=leaf(count_and_forget),
            TtlNbOfRptsRjctd=leaf(count_and_forget),
            NbOfRptsRjctdPerErr=group(DtldNb=leaf(count_and_forget), RptSts=status),
        )

    def transaction_statistics(self, identification: Node, **further: Node) -> Node:
        """``DtldSttstcs``: counts, and the transactions that were rejected."""
        reason = group(
            self._end_transaction,
            TxId=identification,
            Sts=leaf(self._take_code),
            DtldVldtnRule=RuleParts(self._add_rule).node(),
        )
        nodes = {**self.counts.nodes(), **further, "TxsRjctnsRsn": reason}
        return Node(nodes, take=lambda _: self.counts.state(self.message))

    def take_record_id(self, text: str) -> None:
        """The transaction by what its regime knows it by."""
        self._record_id = text

    def take_technical_id(self, text: str) -> None:
        """The transaction by the number of its record, for want of something better."""
        self._technical_id = text

    def take_entity(self, text: str) -> None:
        """The party that reported the transaction."""
        self._entity = text

    def take_action(self, text: str) -> None:
        """What was reported of the transaction."""
        self._action = text.strip()

    def take_time(self, text: str) -> None:
        """When it was reported."""
        self._reported_at = text.strip()

    def _take_report_id(self, text: str) -> None:
        self._report_id = text.strip()

    def _take_report_state(self, text: str) -> None:
        self._report_state = text.strip()

    def _end_report(self, _: str) -> None:
        state_of(self._report_state)
        message = self.message
        # The state of a message is known where all of its parts agree on which message they mean.
        if message.message_id in {None, self._report_id}:
            message.message_id, message.status = self._report_id, self._report_state
        self._report_id = self._report_state = ""

    def _add_file_rule(self, rule_id: str, text: str | None, scheme: str | None, issuer: str | None) -> None:
        if len(self.message.rules) < MAX_FILE_RULES:
            self.message.rules.append(RuleText(rule_id, text, scheme, issuer))

    def _add_rule(self, rule_id: str, text: str | None, scheme: str | None, issuer: str | None) -> None:
        if len(self._rules) < MAX_RECORD_RULES:
            self._rules.append(self._advices.rule(rule_id, text, scheme, issuer))

    def _take_code(self, text: str) -> None:
        self._code = text.strip()

    def _end_transaction(self, _: str) -> None:
        if not self._code:
            raise FeedbackRefused("state_missing", "A transaction has no state.")
        entity = self._entity or next(iter(self.message.parties), None)
        record_id = self._record_id or self._technical_id
        self._advices.add(record_id, self._code, state_of(self._code), f"[{','.join(self._rules)}]")
        self._advices.add_details(entity, self._action, self._reported_at)
        self._clear()

    def _clear(self) -> None:
        self._record_id = self._technical_id = self._code = ""
        self._entity = self._action = self._reported_at = None
        self._rules = []


def count_and_forget(text: str) -> None:
    """A count that must be one, and is not used."""
    count_of(text)


def supplementary() -> Node:
    """``SplmtryData``, whose content is of no concern."""
    return anything()
