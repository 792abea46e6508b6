"""A connector through an SSH server made by hand: its host key is unknown, compared, confirmed, and rows are seen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.factories.source import PASSWORD, SourceOfTrades
from tests.harness.browser import Visitor
from tests.services.sftp_servers import OpenSsh, open_ssh


@pytest.fixture(scope="module")
def gate() -> Iterator[OpenSsh]:
    with open_ssh() as server:
        yield server


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
