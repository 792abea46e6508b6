"""What triggers wait for: cycles are refused with their path, watermarks grow, names and files are told apart."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import cast
from uuid import UUID

import pytest
from pydantic import ValidationError

from backend.core.ids import new_id
from backend.domain.schedules.faults import PlaceholderUnknown
from backend.domain.schedules.parameters import FireFacts, check_parameters, fill_in
from backend.domain.triggers import (
    FileArrival,
    TriggerCycle,
    TriggerDefinition,
    Watermark,
    WatermarkUnusable,
    WatermarkWentBack,
    check_no_cycle,
    file_key,
    has_moved,
    read_watermark,
    stored_watermark,
    watermark_of,
)

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_a_cycle_is_told_with_the_names_on_its_path() -> None:
    a, b, c, d = (new_id() for _ in range(4))
    names = {a: "A", b: "B", c: "C", d: "D"}
    starts = {a: [b, d], b: [c]}
    with pytest.raises(TriggerCycle, match="C → A → B → C") as told:
        check_no_cycle(starts, c, a, names)
    assert told.value.extra["path"] == [str(one) for one in (c, a, b, c)]
    check_no_cycle(starts, d, c, names)
    with pytest.raises(TriggerCycle, match="A → A"):
        check_no_cycle({}, a, a, names)


def test_cycles_are_found_as_by_a_walk_of_every_path() -> None:
    chance = random.Random(7)
    reports = [UUID(int=number) for number in range(7)]
    for _ in range(500):
        edges = {(chance.choice(reports), chance.choice(reports)) for _ in range(chance.randint(0, 9))}
        starts = {one: [to for of, to in edges if of == one] for one in reports}
        source, report = chance.choice(reports), chance.choice(reports)
        reached, before = {report}, set[UUID]()
        while reached != before:
            before, reached = reached, reached | {to for of, to in edges if of in reached}
        if source in reached:
            with pytest.raises(TriggerCycle) as told:
                check_no_cycle(starts, source, report, {})
            path = [UUID(one) for one in cast("list[str]", told.value.extra["path"])]
            steps = list(pairwise(path))
            assert steps[0] == (source, report)
            assert path[-1] == source
            assert set(steps[1:]) <= edges
        else:
            check_no_cycle(starts, source, report, {})


@pytest.mark.parametrize(
    ("last", "value"),
    [
        (9, 10),
        (Decimal("1.10"), Decimal("1.11")),
        (1, Decimal("1.5")),
        (date(2026, 11, 19), date(2026, 11, 20)),
        (AT, AT.replace(microsecond=1)),
        ("batch-0009", "batch-0010"),
    ],
)
def test_a_watermark_moves_forwards_only(last: Watermark, value: Watermark) -> None:
    assert has_moved(last, value)
    assert not has_moved(last, last)
    with pytest.raises(WatermarkWentBack):
        has_moved(value, last)
    assert has_moved(None, last)
    for one in (last, value):
        assert read_watermark(stored_watermark(one)) == one
        assert type(read_watermark(stored_watermark(one))) is type(one)


def test_a_watermark_is_one_value_that_can_be_compared() -> None:
    assert watermark_of(1, [[7]]) == 7
    assert watermark_of(1, [[None]]) is None
    assert watermark_of(1, []) is None
    for columns, rows in ((2, [[1, 2]]), (1, [[1], [2]]), (1, [[1.5]]), (1, [[True]]), (1, [["x" * 501]])):
        with pytest.raises(WatermarkUnusable):
            watermark_of(columns, rows)
    with pytest.raises(WatermarkUnusable, match="text"):
        has_moved(7, "8")
    with pytest.raises(WatermarkUnusable, match="date"):
        has_moved(AT, date(2026, 11, 21))
    with pytest.raises(WatermarkUnusable):
        has_moved(AT, AT.replace(tzinfo=None))


def test_files_are_told_apart_by_name_size_and_time() -> None:
    keys = {file_key("a", 1, AT), file_key("a", 2, AT), file_key("a", 1, None), file_key("b", 1, AT)}
    assert len(keys) == 4
    wanted = FileArrival(destination_id=new_id(), name_pattern="trades_*.csv")
    assert wanted.is_wanted("trades_1.csv")
    assert not wanted.is_wanted("Trades_1.csv")
    assert not wanted.is_wanted("trades_1.csv.done")


def test_placeholders_of_a_kind_are_known_to_it_alone() -> None:
    check_parameters({"file": "in/{file_name}"}, ("file_name",))
    with pytest.raises(PlaceholderUnknown, match="file_nam"):
        check_parameters({"file": "{file_nam}"}, ("file_name",))
    with pytest.raises(PlaceholderUnknown):
        check_parameters({"file": "{file_name}"})
    with pytest.raises(PlaceholderUnknown):
        check_parameters({"file": "{file_name:%Y}"}, ("file_name",))
    facts = FireFacts(AT.date(), AT.replace(tzinfo=None), "inbox", {"file_name": "{year}.csv"})
    assert fill_in({"file": "{file_name} {year}"}, facts) == {"file": "{year}.csv 2026"}, "names are no templates"


def test_only_ends_of_runs_can_be_waited_for() -> None:
    report = str(new_id())
    for states in (["running"], ["pending"], [], ["failed", "failed"]):
        with pytest.raises(ValidationError):
            TriggerDefinition.model_validate({"on": {"kind": "run_event", "report_id": report, "states": states}})
    made = TriggerDefinition.model_validate({"on": {"kind": "run_event", "report_id": report, "states": ["failed"]}})
    assert made.interval is None
