"""The static tables: valid identifiers except where a range is announced as broken, documented column by column."""

import re
from collections.abc import Callable
from importlib.resources import files

import pytest
from stdnum import cfi, isin, lei

from backend.demo.instruments import basket_rows, instrument_rows
from backend.demo.names import short_name_key
from backend.demo.parties import (
    BROKEN_TRADERS,
    CLIENT_RANGES,
    IdRange,
    Row,
    algorithm_rows,
    client_rows,
    entity_rows,
    trader_rows,
)
from backend.demo.products import INSTRUMENT_RANGES

SEED = 7
PERSON_ID = re.compile(
    "([A-Z]{2}[A-Z0-9]{1,33}|[A-Z]{2}[0-9]{8}[A-Z][A-Z#]{4}[A-Z][A-Z#]{4}|FI[A-Z0-9\\-+]{1,33}|LV[A-Z0-9\\-]{1,33})"
)
XML_FORBIDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _ids(ids: IdRange) -> range:
    return range(ids.start, ids.start + ids.size)


def _split(rows: list[Row], key: str, ids: IdRange) -> tuple[list[Row], list[Row]]:
    inside = [row for row in rows if row[key] in _ids(ids)]
    return inside, [row for row in rows if row[key] not in _ids(ids)]


def _person_id(row: Row) -> str:
    if row["id_type"] == "CONCAT":
        return f"{row['nationality']}{row['birth_date']:%Y%m%d}{row['short_name_key']}"
    return f"{row['nationality']}{row['id_number']}"


@pytest.mark.parametrize(
    "make_rows", [entity_rows, client_rows, trader_rows, algorithm_rows, instrument_rows, basket_rows]
)
def test_a_seed_always_gives_the_same_rows(make_rows: Callable[[int], list[Row]]) -> None:
    assert make_rows(SEED) == make_rows(SEED)
    assert make_rows(SEED) != make_rows(SEED + 1)


def test_leis_are_valid_except_the_announced_ones() -> None:
    broken, sound = _split(client_rows(SEED), "client_id", CLIENT_RANGES["broken_lei"])
    assert all(lei.is_valid(row["lei"]) for row in [*sound, *entity_rows(SEED)] if row.get("lei"))
    assert not any(lei.is_valid(row["lei"]) for row in broken)
    assert len(broken) == CLIENT_RANGES["broken_lei"].size


def test_people_have_identifiers_of_the_permitted_form() -> None:
    people = [row for row in client_rows(SEED) if row["party_type"] == "PERSON"]
    faulty = {*_ids(CLIENT_RANGES["broken_birth_date"])}
    assert all(PERSON_ID.fullmatch(_person_id(row)) for row in people if row["client_id"] not in faulty)
    assert {row["id_type"] for row in people} == {"NATIONAL", "PASSPORT", "CONCAT"}


def test_only_the_announced_people_lack_something() -> None:
    for name, column in (("broken_birth_date", "birth_date"), ("broken_surname", "surnames")):
        people = [row for row in client_rows(SEED) if row["party_type"] == "PERSON"]
        broken, sound = _split(people, "client_id", CLIENT_RANGES[name])
        assert all(row[column] is None for row in broken)
        assert all(row[column] is not None for row in sound)


def test_only_the_announced_traders_have_an_impossible_identifier() -> None:
    broken, sound = _split(trader_rows(SEED), "trader_id", BROKEN_TRADERS)
    assert all(PERSON_ID.fullmatch(_person_id(row)) for row in sound)
    assert not any(PERSON_ID.fullmatch(_person_id(row)) for row in broken)


def test_classifications_are_valid_in_every_letter_except_the_announced_ones() -> None:
    broken, sound = _split(instrument_rows(SEED), "instrument_id", INSTRUMENT_RANGES["broken_classification"])
    assert all(cfi.is_valid(str(row["cfi"])) for row in sound)
    assert not any(cfi.is_valid(str(row["cfi"])) for row in broken)


def test_isins_are_valid_except_the_announced_ones() -> None:
    rows = instrument_rows(SEED)
    faulty = {*_ids(INSTRUMENT_RANGES["broken_isin"])}, {*_ids(INSTRUMENT_RANGES["broken_underlying"])}
    columns = ("isin", "underlying_isin", "index_isin", "received_isin", "paid_isin")
    wrong = {
        (row["instrument_id"], column)
        for row in rows
        for column in columns
        if row.get(column) and not isin.is_valid(row[column])
    }
    assert wrong == {(number, "isin") for number in faulty[0]} | {(number, "underlying_isin") for number in faulty[1]}
    assert all(isin.is_valid(str(row["isin"])) for row in basket_rows(SEED))


def test_names_need_escaping_and_only_announced_ones_cannot_be_written_or_are_too_long() -> None:
    rows = instrument_rows(SEED)
    names = {row["instrument_id"]: str(row["full_name"]) for row in rows}
    assert {number for number, name in names.items() if XML_FORBIDS.search(name)} == {
        *_ids(INSTRUMENT_RANGES["broken_name"])
    }
    assert {number for number, name in names.items() if len(name) > 350} == {*_ids(INSTRUMENT_RANGES["broken_length"])}
    described = [row for row in rows if not row["in_reference_data"]]
    assert all(any(character in str(row["full_name"]) for row in described) for character in "&<>\"'Ø")


def test_an_algorithm_is_called_na() -> None:
    assert algorithm_rows(SEED)[0]["code"] == "NA"


def test_name_keys_are_plain_letters_filled_up() -> None:
    assert short_name_key("Łucja Anna", "Ørsted") == "LUCJAORSTE"
    assert short_name_key("Jo", "Na") == "JO###NA###"
    assert short_name_key("Jean-Luc", "O'Brien") == "JEANLOBRIE"


def test_every_column_of_the_source_is_explained_in_the_readme() -> None:
    folder = files("backend.demo")
    tables = re.findall(r"CREATE TABLE trading\.\w+ \((.*?)\n\);", folder.joinpath("source.sql").read_text(), re.DOTALL)
    columns = {line.split()[0] for table in tables for line in table.strip().splitlines()}
    readme = folder.joinpath("README.md").read_text(encoding="utf-8")
    assert len(tables) == 7
    assert {column for column in columns if f"`{column}`" not in readme} == set()
