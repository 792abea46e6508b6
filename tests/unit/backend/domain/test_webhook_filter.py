"""Filters of webhooks: each part narrows, an empty part does not."""

from uuid import UUID

import pytest

from backend.domain.webhook_filter import Concern, EventFilter
from backend.domain.webhooks import WebhookEventType

ONE, OTHER = UUID(int=1), UUID(int=2)
RUN = WebhookEventType.RUN_COMPLETED
CONCERN = Concern({ONE}, {"mifir-rts22"})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (EventFilter(["*"]), True),
        (EventFilter(["run.*"]), True),
        (EventFilter(["delivery.*"]), False),
        (EventFilter([]), False),
        (EventFilter(["*"], frozenset({ONE, OTHER})), True),
        (EventFilter(["*"], frozenset({OTHER})), False),
        (EventFilter(["*"], regimes=frozenset({"mifir-rts22"})), True),
        (EventFilter(["*"], regimes=frozenset({"other"})), False),
        (EventFilter(["*"], frozenset({ONE}), frozenset({"other"})), False),
        (EventFilter(["*"], frozenset({OTHER}), frozenset({"mifir-rts22"})), False),
        (EventFilter(["delivery.*"], frozenset({ONE}), frozenset({"mifir-rts22"})), False),
        (EventFilter(["run.completed"], frozenset({ONE}), frozenset({"mifir-rts22"})), True),
    ],
)
def test_every_part_has_to_fit(wanted: EventFilter, expected: bool):
    assert wanted.wants(RUN, CONCERN) is expected


def test_what_is_about_nothing_is_heard_by_those_who_name_nothing():
    assert EventFilter(["*"]).wants(RUN, Concern())
    assert not EventFilter(["*"], frozenset({ONE})).wants(RUN, Concern())
    assert not EventFilter(["*"], regimes=frozenset({"mifir-rts22"})).wants(RUN, Concern({ONE}))
