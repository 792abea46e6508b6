"""Entity tags: the same state has the same tag, and a stale one is refused with the current one."""

from __future__ import annotations

import pytest

from backend.core.etags import Precondition, PreconditionFailed, etag_of


def test_a_tag_follows_the_state_and_nothing_else() -> None:
    assert etag_of("a", 1) == etag_of("a", 1)
    assert len({etag_of("a", 1), etag_of("a", 2), etag_of("a1"), etag_of("a", "", 1)}) == 4
    assert etag_of("a", 1).startswith('"')
    assert etag_of("a", 1).endswith('"')


@pytest.mark.parametrize("header", [None, "*", '"now"', '"other", "now"', ' "now" '])
def test_whoever_has_seen_this_state_may_go_on(header: str | None) -> None:
    Precondition(header).check('"now"')


@pytest.mark.parametrize("header", ["", '"old"', "now", 'W/"now"', '"old", "older"', "**"])
def test_whoever_has_not_is_given_the_current_tag(header: str) -> None:
    with pytest.raises(PreconditionFailed) as refused:
        Precondition(header).check('"now"')
    assert refused.value.extra == {"etag": '"now"'}
