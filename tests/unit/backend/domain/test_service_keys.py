"""From where a key may be used."""

from __future__ import annotations

import pytest

from backend.domain.service_keys import NetworkInvalid, check_networks, is_within


def test_networks_are_kept_in_their_usual_form() -> None:
    assert check_networks([" 192.0.2.7/24", "192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]) == [
        "192.0.2.0/24",
        "198.51.100.7/32",
        "2001:db8::/32",
    ]


@pytest.mark.parametrize("text", ["", "everywhere", "192.0.2.0/33", "192.0.2/24", "192.0.2.0/24; drop table", "::/129"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(NetworkInvalid):
        check_networks([text])


def test_an_address_is_within_a_listed_network_or_refused() -> None:
    networks = ["192.0.2.0/24", "2001:db8::/32"]
    assert is_within("192.0.2.200", networks)
    assert is_within("::ffff:192.0.2.200", networks)
    assert is_within("2001:db8::1", networks)
    assert not is_within("192.0.3.1", networks)
    assert not is_within("::ffff:192.0.3.1", networks)
    assert not is_within(None, networks)
    assert not is_within("testclient", networks)


def test_without_networks_every_address_will_do() -> None:
    assert is_within("203.0.113.9", [])
    assert is_within(None, [])
