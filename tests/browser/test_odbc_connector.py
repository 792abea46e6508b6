"""A connector behind ODBC made by hand: a missing driver and a refused sign-in are explained; it is browsed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Visitor
from tests.services.mariadb import READER, MariadbSource, mariadb_server
from tests.services.obstacles import make_between
from tests.services.odbc_sources import MARIADB_DRIVER
from tests.services.source_database import READER_PASSWORD


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbSource]:
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb_server(folder, make_between(folder).server_certificate) as source:
        yield source


def test_an_odbc_connector_is_corrected_stored_and_browsed(administrator: Visitor, mariadb: MariadbSource) -> None:
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
