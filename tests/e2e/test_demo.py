"""The demonstration as people run it; its file against the official schemas and, by a second hand, its source."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from backend.demo.source_kinds import SourceKind
from backend.embedded.platform import PlatformState, started_platform
from tests.services.skips import schemas_folder

ROOT = Path(__file__).resolve().parents[2]
COMPARE = ROOT / "tests" / "e2e" / "independent" / "compare.py"
SEED = 7
ROWS = 20_000
#: Rows of the long tests.
LONG_ROWS = int(os.environ.get("OPENREG_DEMO_ROWS", "100000"))
DAY = "2026-11-20"
#: Which kind of connector reads a source of the demo.
CONNECTOR_OF_SOURCE = {"mysql": "mysql", "odbc": "odbc", "csv": "files"}
#: Branches of all choices below the record in the official schema of auth.016.
BRANCHES = 76
NAMESPACES = {
    "head.003": ("urn:iso:std:iso:20022:tech:xsd:head.003.001.01", "head.003.001.01.xsd"),
    "head.001": ("urn:iso:std:iso:20022:tech:xsd:head.001.001.01", "head.001.001.01_ESMAUG_1.0.0.xsd"),
    "auth.016": ("urn:iso:std:iso:20022:tech:xsd:auth.016.001.01", "auth.016.001.01_ESMAUG_Reporting_1.1.0.xsd"),
}


@dataclass(frozen=True)
class Demo:
    """One run of ``openreg demo --json``."""

    status: int
    document: dict[str, Any]
    words: str

    @property
    def xml(self) -> Path:
        return Path(self.document["artifacts"][0]["path"])


@pytest.fixture(scope="module")
def platform(services_folder: Path) -> Iterator[PlatformState]:
    """A platform of this module's own, from nothing."""
    with started_platform(services_folder / "demo-platform") as state:
        yield state


def _run_demo(data_dir: Path, out: Path, rows: int, *arguments: str) -> Demo:
    command = [sys.executable, "-m", "backend.cli", "demo", "--rows", str(rows), "--seed", str(SEED), "--json"]
    done = subprocess.run(
        [*command, "--reporting-date", DAY, "--out", str(out), "--data-dir", str(data_dir), *arguments],
        capture_output=True, text=True, cwd=ROOT, timeout=1500, check=False,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    return Demo(done.returncode, json.loads(done.stdout), done.stderr)


@pytest.fixture(scope="module", params=[ROWS, pytest.param(LONG_ROWS, marks=pytest.mark.long)])
def demo(request: pytest.FixtureRequest, platform: PlatformState, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo with so many rows, run once for all tests of this module."""
    shown = _run_demo(platform.data_dir, tmp_path_factory.mktemp("demo"), request.param)
    assert shown.status == 0, json.dumps(shown.document, indent=1) + shown.words
    return shown


def test_every_row_is_reported_or_set_aside_by_the_announced_rule(demo: Demo) -> None:
    document = demo.document
    thousands = document["rows_in"] // 1000
    announced = {
        "MR-01": 11, "MR-02": 1, "MR-03": 2, "MR-04": 1, "OWN-01": 1, "OWN-02": 1, "OWN-03": 1, "OWN-90": 2,
    }  # fmt: skip
    assert document["status"] == "succeeded"
    assert document["set_aside"] == {rule: count * thousands for rule, count in announced.items()}
    assert document["rows_out"] + sum(document["set_aside"].values()) == document["rows_in"]
    assert [step["name"] for step in document["steps"]] == [
        "extract", "validate_source", "transform", "validate_target", "render", "store", "hand_over",
    ]  # fmt: skip


def test_the_files_have_the_hashes_and_sizes_the_demo_says(demo: Demo) -> None:
    for file in [*demo.document["artifacts"], *demo.document["csv"]]:
        for described in (file, file["archive"]):
            content = Path(described["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == described["sha256"]
            assert len(content) == described["size_bytes"]
    assert demo.xml.read_bytes().startswith(b"<?xml")
    lines = Path(demo.document["csv"][0]["path"]).read_bytes().count(b"\r\n") or None
    assert lines is None or lines >= demo.document["rows_out"]


def test_the_regulator_is_told_of_every_record_once(demo: Demo) -> None:
    submission = demo.document["submission"]
    assert (submission["state"], submission["kind"]) == ("sent", "original")
    assert submission["counts"]["records"] == submission["counts"]["unconfirmed"] == demo.document["rows_out"]


def test_delivery_and_webhook_are_verified(demo: Demo) -> None:
    delivery, webhook = demo.document["delivery"], demo.document["webhook"]
    archives = {file["archive"]["sha256"] for file in [*demo.document["artifacts"], *demo.document["csv"]]}
    assert delivery["state"] == "delivered"
    assert {file["receipt"]["sha256"] for file in delivery["files"]} == archives
    assert webhook["verified"]
    assert webhook["standard_webhooks"] == webhook["openreg"] == webhook["requests"] > 0
    assert webhook["events"]["artifact.created"] == webhook["events"]["delivery.completed"] == 2


# --- against the official schemas ---------------------------------------------------------------------------------


@pytest.fixture
def xmllint(official_schemas: Path, tmp_path: Path) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """Validates a whole file against one schema over the three namespaces, written here and by nobody else."""
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{official_schemas / "mifir" / file}"/>'
        for namespace, file in NAMESPACES.values()
    )
    wrapper = tmp_path / "whole-file.xsd"
    wrapper.write_text(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>')
    program = shutil.which("xmllint")
    assert program, "xmllint is missing: install libxml2-utils"

    def validate(file: Path) -> subprocess.CompletedProcess[str]:
        command = [program, "--noout", "--nonet", "--huge", "--schema", str(wrapper), str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return validate


@pytest.mark.schemas
def test_the_whole_file_passes_the_official_schemas(
    demo: Demo, xmllint: Callable[[Path], subprocess.CompletedProcess[str]]
) -> None:
    assert demo.document["artifacts"][0]["xsd"] == "valid"
    verdict = xmllint(demo.xml)
    assert verdict.returncode == 0, verdict.stderr[:2000]


@pytest.mark.schemas
@pytest.mark.parametrize(
    ("good", "wrong"),
    [
        (b"<MsgDefIdr>", b"<MsgDefIdX>"),  # business header
        (b"<Pyld>", b"<Payload>"),  # file wrapper
        (b"<TradgCpcty>", b"<TradgCapacity>"),  # document
    ],
)
def test_a_wrong_element_in_any_of_the_three_layers_fails_the_official_schemas(
    demo: Demo,
    xmllint: Callable[[Path], subprocess.CompletedProcess[str]],
    tmp_path: Path,
    good: bytes,
    wrong: bytes,
) -> None:
    content = demo.xml.read_bytes()
    assert good in content
    spoilt = tmp_path / "spoilt.xml"
    closing = good.replace(b"<", b"</")
    spoilt.write_bytes(content.replace(good, wrong, 1).replace(closing, wrong.replace(b"<", b"</"), 1))
    assert xmllint(spoilt).returncode != 0


# --- against the source, by a second hand --------------------------------------------------------------------------


def _compare(demo: Demo, xml: Path) -> dict[str, Any]:
    """Run the independent comparison in a process of its own, where nothing of the product is importable."""
    command = [sys.executable, str(COMPARE), "--xml", str(xml), "--reporting-date", DAY]
    command += ["--dsn", demo.document["source"]["dsn"], "--query", demo.document["source"]["query"]]
    if (schemas := schemas_folder()) is not None:
        command += ["--xsd", str(schemas / "mifir" / NAMESPACES["auth.016"][1])]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=xml.parent, timeout=900, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def comparison(demo: Demo) -> dict[str, Any]:
    return _compare(demo, demo.xml)


def test_the_second_hand_imports_nothing_of_the_product() -> None:
    for file in COMPARE.parent.glob("*.py"):
        imported = re.findall(r"^\s*(?:from|import)\s+([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert not [name for name in imported if name.partition(".")[0] in ("backend", "external_api", "tests")]


def test_every_value_of_every_record_is_what_the_source_row_says(demo: Demo, comparison: dict[str, Any]) -> None:
    assert comparison["differences"] == []
    assert comparison["several_faults"] == []
    assert comparison["equal"]
    assert comparison["source_rows"] == demo.document["rows_in"]
    assert comparison["records"] == demo.document["rows_out"]
    assert comparison["fields_compared"] > 20 * comparison["records"]


def test_the_rows_left_out_are_those_a_second_hand_finds_faulty(demo: Demo, comparison: dict[str, Any]) -> None:
    thousands = demo.document["rows_in"] // 1000
    faults = comparison["faults"]
    assert sum(faults.values()) == sum(demo.document["set_aside"].values())
    assert faults.pop("repeated reference") == 2 * thousands
    assert set(faults.values()) == {thousands}
    assert len(faults) == 18


def test_all_65_fields_are_used(comparison: dict[str, Any]) -> None:
    assert len(comparison["fields"]) == 65
    assert comparison["fields_never_filled"] == []


@pytest.mark.schemas
def test_every_branch_of_every_choice_of_the_message_occurs(comparison: dict[str, Any]) -> None:
    for branch, count in comparison["branches"].items():
        print(f"{count:>9,}  {branch}")  # noqa: T201 - the table of branches is meant to be read
    assert len(comparison["branches"]) == BRANCHES
    assert comparison["branches_never_taken"] == []
    assert len(comparison["second_owners"]) == 2
    assert all(count > 0 for count in comparison["second_owners"].values())


def test_every_code_occurs(comparison: dict[str, Any]) -> None:
    said = {
        (path.rsplit("/", 1)[1], value) for path, _, value in (one.partition(" = ") for one in comparison["values"])
    }
    codes = {
        "WvrInd": "OILQ NLIQ PRIC ILQD RFPT SIZE",
        "OTCPstTradInd": "BENC ACTX LRGS ILQD SIZE CANC AMND SDIV RPRI DUPL TNCP TPAC XFPH",
        "ShrtSellgInd": "SESH SSEX SELL UNDI",
        "TradgCpcty": "DEAL MTCH AOTC",
        "DerivNtnlChng": "INCR DECR",
        "Pdg": "PNDG NOAP",
        "OptnTp": "CALL PUTO OTHR",
        "OptnExrcStyle": "EURO AMER ASIA BERM OTHR",
        "DlvryTp": "PHYS CASH OPTL",
        "Unit": "DAYS WEEK MNTH YEAR",
        "Cd": "NIDN CCPT",
        "Sgn": "true false",
        "InvstmtPtyInd": "true false",
        "TrnsmssnInd": "true false",
        "RskRdcgTx": "true false",
        "SctiesFincgTxInd": "true false",
    }
    wanted = {(name, value) for name, values in codes.items() for value in values.split()}
    assert wanted - said == set()


# --- the comparison itself: a wrong file must not pass ---------------------------------------------------------------

Records = list[etree._Element]
SMALL = 1500


@pytest.fixture(scope="module")
def small_demo(platform: PlatformState, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return _run_demo(platform.data_dir, tmp_path_factory.mktemp("small-demo"), SMALL)


def test_the_unspoilt_file_passes(small_demo: Demo) -> None:
    assert _compare(small_demo, small_demo.xml)["equal"]


def _flip_value(records: Records) -> None:
    element = next(one for record in records for one in record.iter("{*}TrnsmssnInd"))
    element.text = "true" if element.text == "false" else "false"


def _change_last_digit(records: Records) -> None:
    element = next(one for record in records for one in record.iter("{*}BsisPts") if "." in str(one.text))
    text = str(element.text)
    element.text = text[:-1] + str((int(text[-1]) + 1) % 10)


def _swap_sides(records: Records) -> None:
    for record in records:
        buyer, seller = record.find(".//{*}Buyr/{*}AcctOwnr"), record.find(".//{*}Sellr/{*}AcctOwnr")
        if buyer is not None and seller is not None and etree.tostring(buyer) != etree.tostring(seller):
            buyer.getparent().replace(buyer, seller_copy := etree.fromstring(etree.tostring(seller)))
            seller.getparent().replace(seller, etree.fromstring(etree.tostring(buyer)))
            assert seller_copy is not None
            return


def _drop_record(records: Records) -> None:
    records[5].getparent().remove(records[5])


def _repeat_record(records: Records) -> None:
    records[5].addnext(etree.fromstring(etree.tostring(records[5])))


def _swap_records(records: Records) -> None:
    records[5].addnext(records[3])


def _drop_optional_element(records: Records) -> None:
    element = next(one for record in records for one in record.iter("{*}TradPlcMtchgId"))
    element.getparent().remove(element)


def _add_element(records: Records) -> None:
    attributes = next(one for record in records for one in record.iter("{*}AddtlAttrbts"))
    added = etree.Element(f"{{{NAMESPACES['auth.016'][0]}}}WvrInd")
    added.text = "SIZE"
    attributes.insert(0, added)


def _reorder_waivers(records: Records) -> None:
    for record in records:
        waivers = record.findall(".//{*}WvrInd")
        if len(waivers) > 1:
            waivers[0].text, waivers[1].text = waivers[1].text, waivers[0].text
            return


@pytest.mark.parametrize(
    "spoil",
    [
        _flip_value, _change_last_digit, _swap_sides, _drop_record, _repeat_record, _swap_records,
        _drop_optional_element, _add_element, _reorder_waivers,
    ],
)  # fmt: skip
def test_a_file_that_says_anything_else_is_found_out(
    small_demo: Demo, tmp_path: Path, spoil: Callable[[Records], None]
) -> None:
    document = etree.parse(str(small_demo.xml), etree.XMLParser(huge_tree=True))
    spoil(document.findall(".//{*}FinInstrmRptgTxRpt/{*}Tx"))
    spoilt = tmp_path / "spoilt.xml"
    document.write(str(spoilt), encoding="UTF-8", xml_declaration=True)
    outcome = _compare(small_demo, spoilt)
    assert not outcome["equal"]
    assert 1 <= outcome["difference_count"] <= 20


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_records(small_demo: Demo, platform: PlatformState, tmp_path: Path) -> None:
    again = _run_demo(platform.data_dir, tmp_path, SMALL)
    bodies = [re.search(rb"<FinInstrmRptgTxRpt>.*", one.xml.read_bytes(), re.DOTALL) for one in (small_demo, again)]
    assert bodies[0] is not None
    assert bodies[1] is not None
    assert bodies[0].group() == bodies[1].group()
    assert small_demo.document["run_id"] != again.document["run_id"]


def test_without_a_platform_the_demo_starts_one_and_stops_it_after(services_folder: Path, tmp_path: Path) -> None:
    data_dir = services_folder / "demo-alone"
    shown = _run_demo(data_dir, tmp_path, 500)
    assert shown.status == 0, shown.words
    assert shown.document["status"] == "succeeded"
    state = json.loads((data_dir / "state.json").read_text(encoding="utf-8"))
    assert not Path(f"/proc/{state['pid']}").exists()


def test_a_demo_that_cannot_work_says_so_without_a_traceback(services_folder: Path, tmp_path: Path) -> None:
    data_dir = services_folder / "demo-nowhere"
    data_dir.mkdir()
    (data_dir / "secrets.json").write_text("this is no JSON", encoding="utf-8")
    shown = _run_demo(data_dir, tmp_path, 500)
    assert shown.status == 1
    assert shown.document["status"] == "failed"
    assert shown.document["error"]["message"]
    assert "Traceback" not in shown.words + json.dumps(shown.document)


# --- the same trades, kept elsewhere --------------------------------------------------------------------------------


def _without_marks(xml: bytes) -> bytes:
    """The file without what tells two runs apart: the header's identifier and time."""
    return (
        re.sub(rb"<(BizMsgIdr|CreDt)>[^<]*</\1>", b"", xml[: xml.index(b"</AppHdr>")]) + xml[xml.index(b"</AppHdr>") :]
    )


@pytest.mark.parametrize(
    "kind",
    [
        SourceKind.MYSQL.value,
        *(pytest.param(kind.value, marks=pytest.mark.long) for kind in (SourceKind.ODBC, SourceKind.CSV)),
    ],
)
def test_every_kind_of_source_gives_the_same_report(
    kind: str, small_demo: Demo, platform: PlatformState, tmp_path: Path
) -> None:
    shown = _run_demo(platform.data_dir, tmp_path, SMALL, "--source", kind)
    assert shown.status == 0, json.dumps(shown.document, indent=1) + shown.words
    kinds = small_demo.document["source"]["kind"], shown.document["source"]["kind"]
    assert kinds == ("postgresql", CONNECTOR_OF_SOURCE[kind])
    assert _without_marks(shown.xml.read_bytes()) == _without_marks(small_demo.xml.read_bytes())
    assert shown.xml.read_bytes() != small_demo.xml.read_bytes()
    ours, theirs = (Path(one.document["csv"][0]["path"]).read_bytes() for one in (shown, small_demo))
    assert ours == theirs
    assert shown.document["set_aside"] == small_demo.document["set_aside"]
