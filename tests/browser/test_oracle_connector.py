"""A connector for Oracle made by hand: named by an entry of tnsnames.ora, its failing step explained, then corrected.

No Oracle server is here: the listener is a fake that knows no such service.
"""

from playwright.sync_api import expect

from backend.embedded.ports import free_port
from tests.harness.browser import Visitor
from tests.services.oracle_listener import listening, refuses


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
