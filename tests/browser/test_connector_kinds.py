"""Connectors of each kind made by hand: a failing step is explained, corrected, and rows are looked at.

No Oracle server is here: its listener is a fake that knows no such service.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.embedded.ports import free_port
from tests.factories.source import PASSWORD, SourceOfTrades
from tests.harness.browser import Visitor
from tests.harness.report_editor import begin_report
from tests.services.mariadb import READER, MariadbSource, mariadb_server
from tests.services.obstacles import make_between
from tests.services.odbc_sources import MARIADB_DRIVER
from tests.services.oracle_listener import listening, refuses
from tests.services.sftp_servers import OpenSsh, open_ssh
from tests.services.source_database import READER_PASSWORD

OF_A_DAY = "SELECT id, note FROM trades WHERE trade_date = :reporting_date AND id < 12"
TRADES = "Trade ID;Price;Trade Date\n" + "".join(f"{number};{number},50;20.11.2026\n" for number in range(1, 31))


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbSource]:
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb_server(folder, make_between(folder).server_certificate) as source:
        yield source


@pytest.fixture(scope="module")
def gate() -> Iterator[OpenSsh]:
    with open_ssh() as server:
        yield server


def use_in_a_report(administrator: Visitor, connector: str, query: str, reported: int) -> None:
    """The connector is the source of a new report, which keeps it and shows the rows of its day."""
    page = begin_report(administrator, f"From {connector}")
    page.get_by_role("combobox", name="Connector").click()
    page.get_by_role("option", name=connector).click()
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.insert_text(query)
    page.get_by_label("Reporting date").fill("2026-03-01")
    page.get_by_role("button", name="Show the first rows").click()
    expect(page.get_by_role("table", name="First rows").get_by_role("row")).to_have_count(reported + 1)
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    administrator.picture(f"report-from-{connector.replace(' ', '-')}")


def test_a_mysql_connector_is_corrected_stored_browsed_and_reported_from(
    administrator: Visitor, mariadb: MariadbSource
) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("mysql warehouse")
    page.get_by_role("combobox", name="Kind of source").click()
    page.get_by_role("option", name="MySQL or MariaDB").click()
    expect(page.get_by_role("textbox", name="Port")).to_have_attribute("placeholder", "Default: 3306")
    page.get_by_role("textbox", name="Host").fill("127.0.0.1")
    page.get_by_role("textbox", name="Port").fill(str(mariadb.port))
    page.get_by_label("Database").fill("source")
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_label("User").fill(READER)
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Access denied for user")).to_be_visible()
    expect(page.get_by_text("Check the user name and the password.")).to_be_visible()
    administrator.picture("mysql-connector-refused")
    page.get_by_role("textbox", name="Password").fill(READER_PASSWORD)
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    administrator.picture("mysql-connector-new")
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("link", name="Browse").click()
    expect(page.get_by_role("combobox", name="Schema")).to_have_value("source")
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades", exact=True).click()
    expect(page.get_by_role("table", name="First 20 rows").get_by_role("row")).to_have_count(21)
    administrator.picture("mysql-connector-browse")
    use_in_a_report(administrator, "mysql warehouse", OF_A_DAY, reported=5)


def test_an_odbc_connector_is_corrected_stored_browsed_and_reported_from(
    administrator: Visitor, mariadb: MariadbSource
) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("odbc warehouse")
    page.get_by_role("combobox", name="Kind of source").click()
    page.get_by_role("option", name="ODBC").click()
    page.get_by_role("combobox", name="Driver").click()
    page.get_by_role("option", name="ODBC Driver 18 for SQL Server (not installed)").click()
    expect(page.get_by_text("is not installed where OpenReg runs")).to_be_visible()
    expect(page.get_by_role("textbox", name="Port")).to_have_attribute("placeholder", "Default: 1433")
    page.get_by_role("textbox", name="Host", exact=True).fill("127.0.0.1")
    page.get_by_label("Database").fill("source")
    page.get_by_label("User").fill(READER)
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Have the operator install Microsoft's package msodbcsql18")).to_be_visible()
    administrator.picture("odbc-connector-driver-missing")

    page.get_by_role("combobox", name="Driver").click()
    page.get_by_role("option", name=MARIADB_DRIVER).click()
    page.get_by_role("textbox", name="Port").fill(str(mariadb.port))
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_text("Access denied for user")).to_be_visible()
    expect(page.get_by_text("Check the user name and the password.")).to_be_visible()
    page.get_by_role("textbox", name="Password").fill(READER_PASSWORD)
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    administrator.picture("odbc-connector-new")
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("link", name="Browse").click()
    expect(page.get_by_role("combobox", name="Schema")).to_have_value("source")
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades", exact=True).click()
    expect(page.get_by_role("table", name="First 20 rows").get_by_role("row")).to_have_count(21)
    administrator.picture("odbc-connector-browse")
    use_in_a_report(administrator, "odbc warehouse", OF_A_DAY, reported=5)


def test_an_oracle_connector_says_which_step_fails_and_what_to_do(administrator: Visitor) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("oracle warehouse")
    page.get_by_role("combobox", name="Kind of source").click()
    page.get_by_role("option", name="Oracle").click()
    expect(page.get_by_role("textbox", name="Port")).to_have_attribute("placeholder", "Default: 1521")
    page.get_by_role("textbox", name="Host").fill("127.0.0.1")
    page.get_by_role("textbox", name="Port").fill(str(free_port()))
    page.get_by_label("Service name").fill("sales")
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_label("User").fill("reader")
    page.get_by_role("textbox", name="Password").fill("secret")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Nothing listens at 127.0.0.1")).to_be_visible()
    expect(page.get_by_text("Check the port, and that the server is running")).to_be_visible()
    administrator.picture("oracle-connector-nobody-listens")

    with listening(refuses(12514)) as port:
        page.get_by_role("combobox", name="Named by").click()
        page.get_by_role("option", name="Alias of tnsnames.ora").click()
        expect(page.get_by_role("textbox", name="Host")).to_have_count(0)
        page.get_by_label("Entry of tnsnames.ora").fill(
            f"SALES = (DESCRIPTION = (ADDRESS = (PROTOCOL = TCP)(HOST = 127.0.0.1)(PORT = {port}))"
            "(CONNECT_DATA = (SERVICE_NAME = sales.bank)))"
        )
        page.get_by_role("button", name="Test again").click()
        expect(page.get_by_text('Service "sales.bank" is not registered')).to_be_visible()
        expect(page.get_by_text("lsnrctl status on the server lists those that are there")).to_be_visible()
        administrator.picture("oracle-connector-alias")
    page.get_by_role("button", name="Create connector").click()
    expect(page.get_by_role("heading", name="oracle warehouse")).to_be_visible()


def test_a_file_is_uploaded_confirmed_as_a_table_and_reported_from(administrator: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_text(TRADES + "31;cheap;20.11.2026\n", encoding="utf-8")
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("daily files")
    page.get_by_role("combobox", name="Kind of source").click()
    page.get_by_role("option", name="Files").click()
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("No table is declared.")).to_be_visible()
    administrator.picture("files-connector-empty")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("textbox", name="Table").fill("trades")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.get_by_text("Is this right for the table trades?")).to_be_visible()
    expect(page.get_by_role("combobox", name="Type of price")).to_have_value("decimal(18,2)")
    expect(page.get_by_text("30 of 31 values of the sample are of this type")).to_be_visible()
    page.get_by_role("textbox", name="Name of trade_date").fill("day")
    administrator.picture("files-connector-confirm")
    page.get_by_role("button", name="Save table").click()
    expect(page.get_by_text("files.trades")).to_be_visible()
    administrator.picture("files-connector-tables")

    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("31 rows were read. 1 of them are not as declared and would be put aside.")).to_be_visible()
    page.get_by_role("link", name="Browse").click()
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades", exact=True).click()
    expect(page.get_by_role("table", name="First 20 rows").get_by_role("row")).to_have_count(21)
    administrator.picture("files-connector-browse")
    day = "SELECT trade_id, price FROM trades WHERE day > :reporting_date AND trade_id < 12"
    use_in_a_report(administrator, "daily files", day, reported=11)


def test_a_host_key_is_confirmed_and_rows_are_seen_through_the_tunnel(
    administrator: Visitor, gate: OpenSsh, source: SourceOfTrades
) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("behind the gate")
    page.get_by_role("textbox", name="Host", exact=True).fill("localhost")
    page.get_by_role("textbox", name="Port", exact=True).fill(str(source.port))
    page.get_by_label("Database").fill(source.database)
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_role("textbox", name="User", exact=True).fill(source.username)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_label("Through an SSH server").check()
    page.get_by_role("textbox", name="SSH host").fill("127.0.0.1")
    page.get_by_role("textbox", name="SSH port").fill(str(gate.port))
    page.get_by_role("textbox", name="SSH user").fill(gate.username)
    page.get_by_role("textbox", name="Private key").fill(gate.key("user"))
    page.get_by_role("button", name="Test connection").click()

    expect(page.get_by_text("The server shows this host key")).to_be_visible()
    expect(page.get_by_text(gate.fingerprint("host_ed25519"), exact=True)).to_be_visible()
    administrator.picture("connector-tunnel-unknown-key")
    page.get_by_role("button", name="They are the same").click()
    expect(page.get_by_role("textbox", name="Confirmed host key")).to_have_value(gate.fingerprint("host_ed25519"))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    expect(page.get_by_text("its host key is the confirmed one")).to_be_visible()
    administrator.picture("connector-tunnel-confirmed")
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("link", name="Browse").click()
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades", exact=True).click()
    rows = page.get_by_role("table", name="First 20 rows")
    expect(rows.get_by_role("row")).to_have_count(4)
    expect(rows.get_by_text("T-1")).to_be_visible()
    administrator.picture("connector-tunnel-browse")


def test_a_password_kept_by_the_operator_is_named_and_refused_until_it_is_released(
    administrator: Visitor, source: SourceOfTrades
) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("kept elsewhere")
    page.get_by_role("textbox", name="Host", exact=True).fill("127.0.0.1")
    page.get_by_role("textbox", name="Port", exact=True).fill(str(source.port))
    page.get_by_label("Database").fill(source.database)
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_role("textbox", name="User", exact=True).fill(source.username)
    page.get_by_role("combobox", name="Where the password is kept").click()
    page.get_by_role("option", name="A variable of the server").click()
    page.get_by_role("textbox", name="Name of the variable").fill("OPENREG_SOURCE_TRADES")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("OPENREG_SOURCE_TRADES is not released for this connector.")).to_be_visible()
    expect(page.get_by_text(f"@127.0.0.1:{source.port} in OPENREG_SOURCE_TRADES_FOR.")).to_be_visible()
    administrator.picture("connector-reference-refused")
    page.get_by_role("button", name="Create connector").click()
    page.get_by_role("navigation", name="Parts of the connector").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("textbox", name="Name of the variable")).to_have_value("OPENREG_SOURCE_TRADES")
