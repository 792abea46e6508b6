"""auth.084: the status advice of SFTR, report by report."""

from __future__ import annotations

from backend.pipeline.feedback.advices import Advices
from backend.pipeline.feedback.grammar import Node, anything, group, leaf
from backend.pipeline.feedback.rule_parts import organisation, person
from backend.pipeline.feedback.transaction_rejections import Rejections, supplementary


class SftrAdvices:
    """Takes the elements of ``SctiesFincgRptgTxStsAdvc``."""

    def __init__(self, advices: Advices) -> None:
        self._rejections = Rejections(advices)

    def node(self) -> Node:
        """The grammar of the document's content."""
        taken = self._rejections
        details = taken.transaction_statistics(self._identification())
        report = group(
            None,
            taken.begin_message,
            RptSttstcs=taken.report_statistics(),
            TxSttstcs=group(DataSetActn=leaf(), DtldSttstcs=details),
            SplmtryData=supplementary(),
        )
        choice = group(DataSetActn=leaf(), Rpt=report)
        return group(SctiesFincgRptgTxStsAdvc=group(TxRptStsAndRsn=choice, SplmtryData=supplementary()))

    def _identification(self) -> Node:
        taken = self._rejections
        parties = {
            "TechRcrdId": leaf(taken.take_technical_id),
            "RptgCtrPty": organisation(taken.take_entity),
            "OthrCtrPty": group(Lgl=organisation(None), Ntrl=person()),
            "NttyRspnsblForRpt": organisation(None),
        }
        transaction = group(
            **parties,
            UnqTradIdr=leaf(taken.take_record_id),
            MstrAgrmt=anything(),
            AgtLndr=organisation(None),
            TrptyAgt=organisation(None),
        )
        margin = group(**parties, CollPrtflId=leaf(taken.take_record_id))
        reuse = group(
            TechRcrdId=parties["TechRcrdId"],
            RptgCtrPty=parties["RptgCtrPty"],
            RptSubmitgNtty=organisation(None),
            NttyRspnsblForRpt=organisation(None),
        )
        return group(Tx=transaction, MrgnRptg=margin, CollReuse=reuse)
