"""How the way to an Oracle source fails, each fact told apart. The listener is a fake without a server."""

import socket
import time

import pytest
from pydantic import SecretStr

from backend.embedded.ports import free_port
from backend.services.connectors import faults
from backend.services.connectors.base import Connector, Credentials, TestStep
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard, EgressPolicy
from tests.services.obstacles import Between
from tests.services.oracle_listener import hangs_up, listening, refuses, says_nothing, speaks_http
from tests.services.source_database import LOOPBACK

CREDENTIALS = Credentials(username="reader", password=SecretStr("hunter2"))


def oracle(port: int, egress: EgressGuard = LOOPBACK, **settings: object) -> Connector:
    given = {"host": "127.0.0.1", "port": port, "database": "sales", "ssl_mode": "disable"}
    return create_connector("oracle", {**given, "connect_timeout_seconds": 2, **settings}, CREDENTIALS, egress)


def last_step(connector: Connector) -> TestStep:
    return connector.test().steps[-1]


def test_a_closed_port_is_told():
    step = last_step(oracle(free_port()))
    assert (step.name, step.ok) == ("tcp", False)
    assert "Nothing listens" in step.message
    with pytest.raises(faults.SourceConnectionRefused):
        oracle(free_port()).list_schemas()


def test_an_unknown_name_and_a_forbidden_address_are_told():
    assert last_step(oracle(1521, host="no-such-host.invalid")).name == "dns"
    with pytest.raises(faults.SourceAddressRefused):
        oracle(1521, EgressGuard(EgressPolicy.OWN_NETWORK)).list_schemas()


@pytest.mark.parametrize(
    ("code", "settings", "fault", "words"),
    [
        (12514, {}, faults.DatabaseUnknown, "sales"),
        (12505, {"naming": "sid"}, faults.DatabaseUnknown, "sales"),
        (12516, {}, faults.SourceBusy, "ORA-12516"),
        (12519, {}, faults.SourceBusy, "ORA-12519"),
        (12528, {}, faults.SourceStarting, "ORA-12528"),
        (12526, {}, faults.SourceStarting, "ORA-12526"),
    ],
)
def test_what_the_listener_refuses_is_told_with_its_next_step(
    code: int, settings: dict[str, object], fault: type[faults.ConnectorError], words: str
):
    with listening(refuses(code)) as port, pytest.raises(fault, match=words) as refused:
        oracle(port, **settings).describe("select 1 as a from dual", {})
    assert refused.value.fix
    assert "hunter2" not in refused.value.message


def test_the_failing_step_of_a_test_is_the_sign_in_with_what_to_do():
    with listening(refuses(12514)) as port:
        steps = oracle(port).test().steps
    assert [(step.name, step.ok) for step in steps] == [
        *(("dns", True), ("tcp", True), ("tls", True), ("sign_in", False)),
    ]
    assert "lsnrctl status" in (steps[-1].fix or "")


def test_a_listener_that_says_nothing_is_not_waited_for():
    with listening(says_nothing) as port:
        started = time.monotonic()
        with pytest.raises(faults.SourceTimedOut, match="did not answer in time") as refused:
            oracle(port).list_schemas()
        assert time.monotonic() - started < 10
    assert "1521" in (refused.value.fix or "")


@pytest.mark.parametrize("answer", [hangs_up, speaks_http])
def test_something_else_at_the_port_is_told(answer: object):
    with listening(answer) as port, pytest.raises(faults.SourceUnreachable, match="without an answer"):  # type: ignore[arg-type]  # one of the answers
        oracle(port).list_schemas()


class TestTls:
    def test_the_certificate_is_compared_with_the_name_and_not_with_the_address(self, between: Between):
        """The driver is given an address; a certificate of the host's name does, up to the listener's no."""
        with listening(refuses(12514), certificate=between.server_certificate) as port:
            connector = oracle(port, host="localhost", ssl_mode="verify_full", ssl_root_certificate=between.authority)
            assert [(step.name, step.ok) for step in connector.test().steps][2:] == [("tls", True), ("sign_in", False)]
            with pytest.raises(faults.DatabaseUnknown):
                connector.list_schemas()

    @pytest.mark.parametrize(
        "settings",
        [
            {"host": "127.0.0.1", "ssl_mode": "verify_full"},  # issued for localhost
            {"host": "localhost", "ssl_mode": "verify_full", "ssl_root_certificate": None},  # by nobody we know
        ],
    )
    def test_a_certificate_of_others_is_refused_before_anybody_signs_in(
        self, between: Between, settings: dict[str, object]
    ):
        heard: list[bytes] = []

        with listening(lambda client: heard.append(client.recv(10)), certificate=between.server_certificate) as port:
            connector = oracle(port, **{"ssl_root_certificate": between.authority, **settings})
            step = last_step(connector)
            assert (step.name, step.ok) == ("tls", False)
            with pytest.raises(faults.SourceTlsFailed, match="not trusted"):
                connector.list_schemas()
        assert b"".join(heard) == b""

    def test_a_listener_without_tls_is_told(self):
        with listening(speaks_http) as port:
            assert last_step(oracle(port, ssl_mode="require")).name == "tls"
            with pytest.raises(faults.SourceTlsFailed):
                oracle(port, ssl_mode="require").list_schemas()

    def test_the_weaker_modes_ask_for_less(self, between: Between):
        with listening(refuses(12514), certificate=between.server_certificate) as port:
            for settings in (
                {"ssl_mode": "require"},
                {"ssl_mode": "verify_ca", "ssl_root_certificate": between.authority},
            ):
                with pytest.raises(faults.DatabaseUnknown):
                    oracle(port, **settings).list_schemas()


def test_the_driver_looks_up_nothing_by_itself(monkeypatch: pytest.MonkeyPatch):
    """What the guard has allowed is an address; a name that the driver resolves again could have another by then."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def watched(host: str, *arguments: object, **named: object) -> object:
        asked.append(host)
        return resolve(host, *arguments, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    with listening(refuses(12514)) as port, pytest.raises(faults.DatabaseUnknown):
        oracle(port, host="localhost").list_schemas()
    assert asked.count("localhost") == 1
