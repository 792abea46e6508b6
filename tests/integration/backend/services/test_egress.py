"""The guard: every address of an answer is judged, under two policies, before anything leaves."""

import socket
from ipaddress import ip_network

import pytest

from backend.services.egress import (
    EgressGuard,
    EgressPolicy,
    EgressRefused,
    NameNotResolved,
    first_address,
    parse_web_url,
)
from tests.factories.egress_vectors import NON_GLOBAL, ODD_SPELLINGS, WRONGLY_GLOBAL
from tests.factories.egress_vectors import PUBLIC as PUBLIC_ADDRESSES

PUBLIC = EgressGuard(EgressPolicy.PUBLIC_WEB)
OWN = EgressGuard(EgressPolicy.OWN_NETWORK)

SPECIAL_ADDRESSES = (*NON_GLOBAL, *WRONGLY_GLOBAL)
PRIVATE_ADDRESSES = ("10.1.2.3", "10.255.255.254", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1")
NEVER_FOR_CONNECTORS = tuple(address for address in SPECIAL_ADDRESSES if address not in PRIVATE_ADDRESSES)


def answer_with(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names have the given addresses, one answer after the other; gives the names that were asked for."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


class TestPublicWeb:
    @pytest.mark.parametrize("address", SPECIAL_ADDRESSES)
    def test_no_special_address_is_called(self, address: str):
        with pytest.raises(EgressRefused) as refused:
            PUBLIC.resolve(address, 443, scheme="https")
        assert refused.value.fix

    @pytest.mark.parametrize("spelling", ODD_SPELLINGS)
    def test_no_spelling_hides_loopback(self, spelling: str):
        with pytest.raises(EgressRefused):
            PUBLIC.resolve(spelling, 443, scheme="https")

    @pytest.mark.parametrize("address", [*SPECIAL_ADDRESSES, *ODD_SPELLINGS])
    async def test_a_url_with_such_a_host_is_refused_when_it_is_saved(self, address: str):
        host = f"[{address}]" if ":" in address else address
        with pytest.raises(EgressRefused):
            await PUBLIC.check_url(f"https://{host}/hook")

    @pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
    def test_a_public_address_is_pinned(self, address: str):
        (pinned,) = PUBLIC.resolve(address, 443, scheme="https")
        assert pinned.address == address
        assert pinned.port == 443

    def test_one_private_address_among_public_ones_refuses_all(self, monkeypatch: pytest.MonkeyPatch):
        answer_with(monkeypatch, ["8.8.8.8", "10.0.0.1"])
        with pytest.raises(EgressRefused):
            PUBLIC.resolve("mixed.example", 443, scheme="https")

    def test_every_resolution_is_judged_anew(self, monkeypatch: pytest.MonkeyPatch):
        answer_with(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
        assert PUBLIC.resolve("rebound.example", 443, scheme="https")[0].address == "8.8.8.8"
        with pytest.raises(EgressRefused):
            PUBLIC.resolve("rebound.example", 443, scheme="https")

    def test_a_name_is_asked_for_once_per_resolution(self, monkeypatch: pytest.MonkeyPatch):
        asked = answer_with(monkeypatch, ["8.8.8.8"])
        PUBLIC.resolve("partner.example", 443, scheme="https")
        assert asked == ["partner.example"]

    def test_plain_http_is_refused(self):
        with pytest.raises(EgressRefused, match="http"):
            PUBLIC.resolve("8.8.8.8", 80, scheme="http")

    @pytest.mark.parametrize("port", [22, 25, 6379, 5432, 9000])
    def test_ports_of_other_services_are_refused(self, port: int):
        with pytest.raises(EgressRefused, match=str(port)):
            PUBLIC.resolve("8.8.8.8", port, scheme="https")

    @pytest.mark.parametrize("port", [443, 80, 8080, 8443])
    def test_web_ports_are_allowed(self, port: int):
        assert PUBLIC.resolve("8.8.8.8", port, scheme="https")

    def test_the_operator_may_add_a_port(self):
        guard = EgressGuard(EgressPolicy.PUBLIC_WEB, web_ports=frozenset({443, 9443}))
        assert guard.resolve("8.8.8.8", 9443, scheme="https")

    def test_a_listed_network_allows_its_addresses_http_and_any_port(self):
        guard = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("127.0.0.1/32"),))
        assert guard.resolve("127.0.0.1", 51234, scheme="http")[0].address == "127.0.0.1"
        assert guard.resolve("::ffff:127.0.0.1", 51234, scheme="http")[0].address == "127.0.0.1"
        with pytest.raises(EgressRefused):
            guard.resolve("127.0.0.2", 443, scheme="https")
        with pytest.raises(EgressRefused):
            guard.resolve("::1", 443, scheme="https")

    def test_a_listed_network_does_not_open_http_for_others(self):
        guard = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("10.0.0.0/8"),))
        with pytest.raises(EgressRefused):
            guard.resolve("8.8.8.8", 80, scheme="http")

    def test_a_name_without_an_address_is_told_apart_and_may_be_tried_again(self):
        with pytest.raises(NameNotResolved) as unknown:
            PUBLIC.resolve("nothing.invalid", 443, scheme="https")
        assert unknown.value.transient

    @pytest.mark.parametrize("host", ["", "a b", "a/b", "a@b", "a\\b", "a#b", "a\nb", "x" * 300, "a..b"])
    def test_what_is_no_host_name_is_refused(self, host: str):
        with pytest.raises((EgressRefused, NameNotResolved)):
            PUBLIC.resolve(host, 443, scheme="https")


class TestOwnNetwork:
    @pytest.mark.parametrize("address", NEVER_FOR_CONNECTORS)
    def test_loopback_metadata_and_the_like_are_refused(self, address: str):
        with pytest.raises(EgressRefused):
            OWN.resolve(address, 5432)

    @pytest.mark.parametrize("spelling", ODD_SPELLINGS)
    def test_no_spelling_hides_loopback(self, spelling: str):
        with pytest.raises(EgressRefused):
            OWN.resolve(spelling, 5432)

    @pytest.mark.parametrize("address", [*PRIVATE_ADDRESSES, "8.8.8.8"])
    def test_private_and_public_addresses_are_reachable_at_any_port(self, address: str):
        assert OWN.resolve(address, 5432)[0].address == address

    def test_the_operator_may_list_loopback(self):
        guard = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.0/8"),))
        assert guard.resolve("127.0.0.1", 5432)

    def test_ipv4_is_tried_first(self, monkeypatch: pytest.MonkeyPatch):
        answer_with(monkeypatch, ["fd12::1", "10.0.0.1"])
        assert first_address(OWN.resolve("db.bank", 5432)).address == "10.0.0.1"


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            *("ftp://example.com/x", "file:///etc/passwd", "//example.com/x", "example.com", "javascript:alert(1)", ""),
            *("https://user@example.com/", "https://user:pw@example.com/", "https://@example.com/", "https:///x"),
            *("https://example.com:0/", "https://example.com:99999/", "https://example.com:x/", "https://[::1/"),
            *(
                "https://exam ple.com/",
                "https://example.com\\@evil.com/",
                "https://example.com/\nx",
                "https://example.com/\x00",
            ),
            "https://example.com/" + "x" * 2000,
        ],
    )
    def test_a_url_that_hides_or_lacks_its_target_is_refused(self, url: str):
        with pytest.raises(EgressRefused):
            parse_web_url(url)

    @pytest.mark.parametrize(
        ("url", "host", "port"),
        [
            ("https://example.com/hook?x=1", "example.com", 443),
            ("http://Example.com", "example.com", 80),
            ("https://example.com:8443/", "example.com", 8443),
            ("https://[2606:4700::1111]:8443/", "2606:4700::1111", 8443),
        ],
    )
    def test_a_plain_url_is_taken_apart(self, url: str, host: str, port: int):
        target = parse_web_url(url)
        assert (target.host, target.port) == (host, port)
