"""XML by schemas of one's own, made by hand: elements are picked in the tree, tried on rows, and run."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser.test_schemas import XSD, install
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation
from tests.harness.report_editor import begin_report, choose, content_of, open_step, save_version, write

QUERY = "SELECT trade_id, quantity, price FROM trades WHERE trade_date <= :reporting_date ORDER BY trade_id"
FIELDS = {"ref": "trade_id", "amount": "price", "notes": "'first|second'", "buyer": "'LEI-' || trade_id"}
#: Opened in the tree one after another.
TRADE = ("TradeReport", "Trade", "Amount")


@pytest.fixture(scope="module")
def rule_sets(installation: Installation) -> None:
    """Two rule sets that judge."""

    async def store() -> None:
        person = Person(
            installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id
        )
        rows = Rows(installation.database, installation.adapters.box, person)
        for name in ("house", "desk"):
            await rows.rule_set_version(await rows.rule_set(name=name, title=f"Rules of the {name}"))

    installation.run_now(store())


def test_a_report_writes_xml_by_schemas_of_its_own(
    administrator: Visitor,
    installation: Installation,
    connector: str,
    rule_sets: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = administrator.open("/schema-packages")
    page.get_by_role("button", name="Install schemas").first.click()
    install(page, "trades.xsd", XSD)
    expect(page.get_by_role("heading", name="trades.xsd")).to_be_visible()
    _write_report(administrator, connector)
    _choose_rule_sets(administrator, page)
    _map_elements(administrator, page)
    _try(administrator, page)
    saved = save_version(page)
    for name, value in installation.env.items():
        monkeypatch.setenv(name, value)  # the run's own process reads them
    document = etree.fromstring(installation.run_now(content_of(installation, *saved)))
    etree.XMLSchema(etree.fromstring(XSD.encode())).assertValid(document)
    names = {"t": "urn:desk:trades"}
    assert document.xpath("string(t:Header/t:Day)", namespaces=names) == "2026-11-20"
    assert document.xpath("t:Trade/t:Ref/text()", namespaces=names) == ["T-1", "T-2", "T-3"]
    assert document.xpath("t:Trade[1]/t:Note/text()", namespaces=names) == ["first", "second"]
    assert document.xpath("t:Trade/t:Amount/@Ccy", namespaces=names) == ["EUR"] * 3


def _write_report(administrator: Visitor, connector: str) -> None:
    page = begin_report(administrator, "Own XML")
    choose(page, "Connector", connector)
    write(page, "Query", QUERY)
    page.get_by_label("Reporting date").fill("2026-11-19")
    open_step(page, "Fields")
    for name, expression in FIELDS.items():
        page.get_by_role("textbox", name="Name of the new field").fill(name)
        page.get_by_role("button", name="Add a field").click()
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        write(page, "Expression", expression)


def _choose_rule_sets(administrator: Visitor, page: Page) -> None:
    """Two of them, the second first; the rules of one are looked at."""
    open_step(page, "Rules")
    for name in ("house", "desk"):
        page.get_by_role("combobox", name="Add a rule set").click()
        page.get_by_role("option", name=f"Rules of the {name} ({name})").click()
        expect(page.get_by_role("group", name=name, exact=True)).to_contain_text("Version 1, 1 rule")
    page.get_by_role("button", name="Move desk up").click()
    expect(page.get_by_role("list", name="Rule sets in their order").get_by_role("group").first).to_contain_text("desk")
    page.get_by_role("button", name="Show the rules of desk").click()
    expect(page.get_by_role("table", name="Rules of desk")).to_contain_text("HOUSE-01")
    administrator.assert_accessible("editor-rule-sets")
    administrator.assert_fits_narrow("editor-rule-sets")
    # Both hold a rule of the same id: only one of them can judge.
    page.get_by_role("button", name="Take house out").click()
    expect(page.get_by_role("group", name="house", exact=True)).to_have_count(0)


def _map_elements(administrator: Visitor, page: Page) -> None:
    open_step(page, "Output")
    choose(page, "Format", "XML by schemas of your own")
    choose(page, "Schemas", "trades.xsd")
    tree = page.get_by_role("tree", name="Elements of the schemas")
    for name in TRADE:
        tree.get_by_role("treeitem", name=re.compile(rf"^{name}\b")).first.focus()
        page.keyboard.press("ArrowRight")
    _pick(page, "TradeReport/Trade")
    page.get_by_role("button", name="One of these per record").click()
    _field(page, "TradeReport/Trade/Ref", "ref")
    expect(page.get_by_text("The schemas ask for")).to_be_visible()
    administrator.assert_accessible("editor-own-xml-asks")
    _field(page, "TradeReport/Trade/Amount", "amount")
    page.get_by_role("button", name="Map TradeReport/Trade/Amount/@Ccy").click()
    page.get_by_text("A text", exact=True).click()
    _text(page, "EUR")
    _field(page, "TradeReport/Trade/LEI", "buyer")
    _pick(page, "TradeReport/Trade/Note")
    choose(page, "Copy of Note", "One for each part of the value, parted by |")
    choose(page, "Field", "notes")
    page.get_by_role("button", name="Map", exact=True).click()
    page.get_by_role("button", name="Map TradeReport/Header").click()
    expect(page.get_by_role("group", name="TradeReport/Header")).to_be_focused()
    expect(page.get_by_text("It holds elements, no value")).to_be_visible()
    tree.get_by_role("treeitem", name=re.compile("^Header")).focus()
    page.keyboard.press("ArrowRight")
    _pick(page, "TradeReport/Header/Day")
    _text(page, "{reporting_date}")
    rows = page.get_by_role("table", name="Mapped elements")
    expect(rows.get_by_role("row")).to_have_count(7)
    expect(rows).to_contain_text("TradeReport/Trade/Note[*]")
    expect(page.get_by_text("The schemas ask for")).to_have_count(0)
    administrator.assert_accessible("editor-own-xml")
    administrator.assert_fits_narrow("editor-own-xml")


def _pick(page: Page, path: str) -> None:
    page.locator(f'[data-path="{path}"]').click()


def _field(page: Page, path: str, field: str) -> None:
    _pick(page, path)
    choose(page, "Field", field)
    page.get_by_role("button", name="Map", exact=True).click()


def _text(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.get_by_role("button", name="Map", exact=True).click()


def _try(administrator: Visitor, page: Page) -> None:
    page.get_by_role("button", name="Dry run").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Run it").click()
    expect(dialog.get_by_text("Valid by the installed schemas")).to_be_visible()
    expect(dialog.get_by_role("region", name="Record xml")).to_contain_text('Ccy="EUR"')
    administrator.assert_accessible("dry-run-own-xml")
    page.keyboard.press("Escape")
