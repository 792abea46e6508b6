"""Schemas of a regulator: installed, refused, looked through, and documents checked against them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.harness.browser import Visitor

XSD = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:desk:trades" targetNamespace="urn:desk:trades"
    elementFormDefault="qualified">
  <xs:element name="TradeReport"><xs:complexType><xs:sequence>
    <xs:element name="Header"><xs:complexType><xs:sequence>
      <xs:element name="Day" type="xs:date"/>
      <xs:element name="Sender" type="Code" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Trade" type="Trade" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="Trade"><xs:sequence>
    <xs:element name="Ref" type="Code"><xs:annotation><xs:documentation>The reference that the desk gave.
      </xs:documentation></xs:annotation></xs:element>
    <xs:element name="Amount"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal">
      <xs:attribute name="Ccy" type="Code" use="required"/>
    </xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:choice><xs:element name="LEI" type="Code"/><xs:element name="Person" type="Code"/></xs:choice>
    <xs:element name="Note" type="xs:string" minOccurs="0" maxOccurs="3"/>
  </xs:sequence></xs:complexType>
  <xs:simpleType name="Code">
    <xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction>
  </xs:simpleType>
</xs:schema>
"""
DOCUMENT = """<TradeReport xmlns="urn:desk:trades"><Header><Day>2026-11-27</Day></Header>
<Trade><Ref>T-1</Ref><Amount Ccy="EUR">1.5</Amount><LEI>L</LEI></Trade>
<Trade><Ref>T-2</Ref><Amount>much</Amount><LEI>L</LEI></Trade></TradeReport>
"""


def install(page: Page, name: str, content: str) -> None:
    """Choose a file in the dialog and send it."""
    dialog = page.get_by_role("dialog", name="Install schemas")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="File", exact=True).click()
    chooser.value.set_files({"name": name, "mimeType": "application/xml", "buffer": content.encode()})
    dialog.get_by_role("button", name="Install schemas").click()


def test_schemas_are_installed_looked_through_and_documents_checked(administrator: Visitor) -> None:
    page = administrator.open("/schema-packages")
    expect(page.get_by_text("No schemas are installed")).to_be_visible()
    page.get_by_role("button", name="Install schemas").first.click()
    install(page, "broken.xsd", XSD.replace("</xs:schema>", ""))
    expect(page.get_by_role("dialog").get_by_text("is not well-formed XML")).to_be_visible()
    administrator.assert_accessible("schemas-refused")
    install(page, "trades.xsd", XSD)
    expect(page.get_by_role("heading", name="trades.xsd")).to_be_visible()
    _open_by_keys(page)
    facts = page.get_by_role("region", name="The chosen element")
    expect(facts).to_contain_text("The reference that the desk gave.")
    expect(facts).to_contain_text("maxLength")
    administrator.assert_accessible("schema-tree")
    administrator.assert_fits_narrow("schema-tree")
    page.get_by_role("link", name="Check a document").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="XML document").click()
    chooser.value.set_files({"name": "day.xml", "mimeType": "text/xml", "buffer": DOCUMENT.encode()})
    faults = page.get_by_role("table", name="Faults of the document")
    expect(faults).to_contain_text("Ccy")
    expect(faults).to_contain_text("T-2")
    expect(faults.get_by_role("row").nth(1)).to_contain_text("3:")
    administrator.assert_accessible("schema-check")
    administrator.assert_fits_narrow("schema-check")


def _open_by_keys(page: Page) -> None:
    """From the root to the reference of a trade, as somebody without a mouse goes."""
    tree = page.get_by_role("tree", name="Elements of the schemas")
    tree.get_by_role("treeitem", name="TradeReport").focus()
    page.keyboard.press("ArrowRight")
    trade = tree.get_by_role("treeitem", name="Trade 1..n")
    expect(trade).to_be_visible()
    page.keyboard.press("End")
    expect(trade).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("treeitem", name="Ref")).to_be_visible()
    page.keyboard.press("r")
    expect(tree.get_by_role("treeitem", name="Ref")).to_be_focused()
    page.keyboard.press("Enter")
