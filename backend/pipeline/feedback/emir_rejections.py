"""auth.092: EMIR rejection statistics, counterparty by counterparty."""

from __future__ import annotations

from backend.pipeline.feedback.advices import Advices
from backend.pipeline.feedback.grammar import Node, anything, group, leaf
from backend.pipeline.feedback.rule_parts import count_of, organisation, person
from backend.pipeline.feedback.transaction_rejections import Rejections, count_and_forget, supplementary


class EmirRejections:
    """Takes the elements of ``DerivsTradRjctnSttstclRpt``."""

    def __init__(self, advices: Advices) -> None:
        self._file = advices.file
        self._rejections = Rejections(advices)

    def node(self) -> Node:
        """The grammar of the document's content."""
        taken = self._rejections
        parties = group(
            RptgCtrPty=organisation(taken.take_party),
            RptSubmitgNtty=organisation(taken.take_party),
            NttyRspnsblForRpt=organisation(taken.take_party),
        )
        details = taken.transaction_statistics(self._identification(), TtlCrrctdRjctns=leaf(count_and_forget))
        block = group(
            None,
            taken.begin_message,
            CtrPtyId=parties,
            RptSttstcs=taken.report_statistics(),
            DerivSttstcs=group(DataSetActn=leaf(), DtldSttstcs=details),
        )
        report = group(
            RefDt=leaf(self._take_day),
            TtlNbOfRpts=leaf(count_and_forget),
            TtlNbOfRptsAccptd=leaf(count_and_forget),
            TtlNbOfRptsRjctd=leaf(count_and_forget),
            TtlNbOfTxs=leaf(lambda text: self._take_total("total", text)),
            TtlNbOfTxsAccptd=leaf(lambda text: self._take_total("accepted", text)),
            TtlNbOfTxsRjctd=leaf(lambda text: self._take_total("rejected", text)),
            TtlCrrctdRjctns=leaf(count_and_forget),
            RjctnSttstcs=block,
        )
        statistics = group(DataSetActn=leaf(), Rpt=report)
        content = group(RjctnSttstcs=statistics, SplmtryData=supplementary())
        return group(DerivsTradRjctnSttstclRpt=content)

    def _identification(self) -> Node:
        taken = self._rejections
        unique = group(
            UnqTxIdr=leaf(taken.take_record_id),
            Prtry=group(Id=leaf(taken.take_record_id), SchmeNm=leaf(), Issr=leaf()),
        )
        legal = group(Id=organisation(None), Ctry=leaf())
        return group(
            TechRcrdId=leaf(taken.take_technical_id),
            ActnTp=leaf(taken.take_action),
            RptgTmStmp=leaf(taken.take_time),
            DerivEvtTp=leaf(),
            DerivEvtTmStmp=group(Dt=leaf(), DtTm=leaf()),
            OthrCtrPty=group(Lgl=legal, Ntrl=person()),
            UnqIdr=unique,
            MstrAgrmt=anything(),
            CollPrtflCd=anything(),
        )

    def _take_day(self, text: str) -> None:
        self._file.reference_date = text.strip()

    def _take_total(self, name: str, text: str) -> None:
        self._file.totals[name] = count_of(text)
