"""Published lists as small files, in the forms of their publishers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.services.reference_data.list_files import ListFile

MIC_HEADER = (
    '"MIC","OPERATING MIC","OPRT/SGMT","MARKET NAME-INSTITUTION DESCRIPTION","LEGAL ENTITY NAME","LEI",'
    '"MARKET CATEGORY CODE","ACRONYM","ISO COUNTRY CODE (ISO 3166)","CITY","WEBSITE","STATUS","CREATION DATE",'
    '"LAST UPDATE DATE","LAST VALIDATION DATE","EXPIRY DATE","COMMENTS"'
)
OLD_MIC_HEADER = (
    "COUNTRY,ISO COUNTRY CODE (ISO 3166),MIC,OPERATING MIC,O/S,NAME-INSTITUTION DESCRIPTION,ACRONYM,CITY,WEBSITE,"
    "STATUS DATE,STATUS,CREATION DATE,COMMENTS"
)
LEI_HEADER = (
    '"LEI","Entity.LegalName","Entity.LegalName.xmllang","Entity.EntityStatus","Entity.EntityCategory",'
    '"Registration.InitialRegistrationDate","Registration.RegistrationStatus","Registration.NextRenewalDate"'
)
_HEADER = (
    "<RptHdr><RptgNtty><NtlCmptntAuthrty>FR</NtlCmptntAuthrty></RptgNtty>"
    "<RptgPrd><Dt>2026-11-02</Dt></RptgPrd></RptHdr>"
)


def mic_row(
    mic: str, status: str = "ACTIVE", created: str = "20050627", expired: str = "", segment: str = "OPRT"
) -> str:
    """A row of the MIC list of today."""
    cells = [mic, "XETR", segment, "Börse, Frankfurt", "", "", "NSPD", "", "DE", "FRANKFURT", "", status, created]
    return ",".join(f'"{cell}"' for cell in [*cells, "20240101", "", expired, ""])


def lei_row(lei: str, status: str = "ISSUED", renewal: str = "2027-06-07T00:30:00+02:00", name: str = "A, B") -> str:
    """A row of the golden copy of level 1."""
    cells = [lei, name, "en", "ACTIVE", "GENERAL", "2013-11-21T15:20:00.000Z", status, renewal]
    return ",".join(f'"{cell}"' for cell in cells)


def lines(*rows: str) -> bytes:
    """Rows as a file."""
    return "".join(f"{row}\n" for row in rows).encode()


@dataclass(frozen=True)
class Listing:
    """An instrument at a venue as FIRDS tells it."""

    isin: str
    mic: str = "XETR"
    first: str = "2020-01-02T07:00:00Z"
    last: str | None = None
    cfi: str = "ESVUFR"
    name: str = "Muster AG"
    maturity: str | None = None

    def xml(self) -> str:
        """The content of a record."""
        end = f"<TermntnDt>{self.last}</TermntnDt>" if self.last else ""
        expiry = f"<XpryDt>{self.maturity}</XpryDt>" if self.maturity else ""
        derivative = f"<DerivInstrmAttrbts>{expiry}</DerivInstrmAttrbts>" if expiry else ""
        return (
            f"<FinInstrmGnlAttrbts><Id>{self.isin}</Id><FullNm>{self.name}</FullNm><ClssfctnTp>{self.cfi}</ClssfctnTp>"
            "<NtnlCcy>EUR</NtnlCcy><CmmdtyDerivInd>false</CmmdtyDerivInd></FinInstrmGnlAttrbts>"
            f"<Issr>529900T8BM49AURSDO55</Issr><TradgVnRltdAttrbts><Id>{self.mic}</Id><IssrReq>false</IssrReq>"
            f"<FrstTradDt>{self.first}</FrstTradDt>{end}</TradgVnRltdAttrbts>{derivative}"
        )


def document(message: str, root: str, content: str) -> str:
    """A document of ISO 20022."""
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}"><{root}>{_HEADER}{content}</{root}></Document>'


def full(*listings: Listing) -> str:
    """A full file's document."""
    records = "".join(f"<RefData>{one.xml()}</RefData>" for one in listings)
    return document("auth.017.001.02", "FinInstrmRptgRefDataRpt", records)


def delta(changes: Sequence[tuple[str, Listing]]) -> str:
    """A delta's document: ``NewRcrd``, ``ModfdRcrd``, ``TermntdRcrd`` or ``CancRcrd`` of each listing."""
    records = "".join(f"<FinInstrm><{what}>{one.xml()}</{what}></FinInstrm>" for what, one in changes)
    return document("auth.036.001.03", "FinInstrmRptgRefDataDltaRpt", records)


def wrapped(text: str) -> bytes:
    """A document in the file that ESMA puts it in."""
    space = 'xmlns="urn:iso:std:iso:20022:tech:xsd:head.003.001.01"'
    return f'<?xml version="1.0" encoding="UTF-8"?><BizData {space}><Pyld>{text}</Pyld></BizData>'.encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def list_file(content: bytes, name: str = "list.csv") -> ListFile:
    """Bytes as a file of a list."""
    return ListFile(name, len(content), lambda: io.BytesIO(content))
