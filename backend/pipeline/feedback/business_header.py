"""The business header of a file: who answers, whom, and which message; the rest is passed over."""

from __future__ import annotations

from backend.pipeline.feedback.advices import FileAdvice
from backend.pipeline.feedback.grammar import Node, Take, anything, leaf


def header(file: FileAdvice) -> Node:
    """``AppHdr`` in any of its versions."""

    def take_sender(text: str) -> None:
        file.sender = file.sender or text.strip()

    def take_receiver(text: str) -> None:
        file.receiver = file.receiver or text.strip()

    def take_message(text: str) -> None:
        file.message_id = text.strip()

    def take_related(text: str) -> None:
        file.related = file.related or text.strip()

    return anything(
        Fr=_party(take_sender),
        To=_party(take_receiver),
        BizMsgIdr=leaf(take_message),
        Rltd=anything(BizMsgIdr=leaf(take_related)),
    )


def _party(take: Take) -> Node:
    """A party as any version writes it: an organisation or an institution with an LEI or another identifier."""
    organisation = anything(LEI=leaf(take), Othr=anything(Id=leaf(take)))
    institution = anything(LEI=leaf(take), Othr=anything(Id=leaf(take)))
    return anything(OrgId=anything(Id=anything(OrgId=organisation)), FIId=anything(FinInstnId=institution))
