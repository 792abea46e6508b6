"""Databases behind an SSH server: reached for sure through it, and each failure on the way told apart."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import cast

import pytest
from pydantic import SecretStr

from backend.services.connectors import faults
from backend.services.connectors.base import Credentials
from backend.services.connectors.mysql import MysqlConnector
from backend.services.connectors.postgresql import PostgresqlConnector
from backend.services.connectors.secret_references import TunnelCredentials
from backend.services.connectors.server_probe import reach
from backend.services.egress import EgressGuard, EgressPolicy
from tests.integration.backend.services.connectors.conftest import AnySource
from tests.services.mariadb import MariadbSource
from tests.services.obstacles import Between, Proxy, proxy
from tests.services.sftp_servers import PASSPHRASE, OpenSsh, open_ssh
from tests.services.source_database import SourceDatabase

Server = PostgresqlConnector | MysqlConnector
STEPS = ["dns", "tunnel", "tcp", "tls", "sign_in", "permission"]
ROWS = "select id, price from trades order by id"
#: The SSH server may be called, the database may not: what arrives there came through the tunnel.
GATE_ONLY = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.1/32"),))


@pytest.fixture(scope="module")
def gate() -> Iterator[OpenSsh]:
    with open_ssh() as server:
        yield server


@pytest.fixture
def far_port(source: AnySource) -> Iterator[int]:
    """The database at 127.0.0.2, which only the SSH server may call."""
    listener = socket.create_server(("127.0.0.2", 0))
    running = Proxy(source.port, lambda client: client, None, listener)
    listening = threading.Thread(target=running.run, daemon=True)
    listening.start()
    yield running.port
    listener.shutdown(socket.SHUT_RDWR)
    listening.join()


def through(
    source: AnySource,
    gate: OpenSsh,
    *,
    key: str = "user",
    passphrase: str | None = None,
    egress: EgressGuard | None = None,
    gate_port: int | None = None,
    host_key: str | None = "host_ed25519",
    **settings: object,
) -> Server:
    """A connector to the source through the gate."""
    tunnel = {
        "host": "127.0.0.1",
        "port": gate_port or gate.port,
        "username": gate.username,
        "host_key_fingerprint": gate.fingerprint(host_key) if host_key else None,
    }
    made = cast("Server", source.connect(tunnel=tunnel, **settings))
    secrets = TunnelCredentials(
        private_key=SecretStr(gate.key(key)), passphrase=SecretStr(passphrase) if passphrase else None
    )
    credentials = made.credentials.model_copy(update={"tunnel": secrets})
    return replace(made, credentials=credentials, egress=egress or made.egress)


def forwards() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ssh-forward")]


class TestWorking:
    def test_every_step_passes_and_rows_are_those_of_the_direct_way(
        self, source: AnySource, gate: OpenSsh, far_port: int
    ):
        direct = cast("Server", source.connect(host="127.0.0.2", port=far_port))
        with pytest.raises(faults.SourceAddressRefused):
            replace(direct, egress=GATE_ONLY).preview(ROWS, {}, limit=5)
        connector = through(source, gate, host="127.0.0.2", port=far_port, egress=GATE_ONLY)
        test = connector.test()
        assert [(step.name, step.ok) for step in test.steps if step.name != "driver"] == [
            (name, True) for name in STEPS
        ], test
        assert connector.preview(ROWS, {}, limit=5) == source.connect().preview(ROWS, {}, limit=5)
        assert connector.list_schemas() == source.connect().list_schemas()
        assert forwards() == [], "the port is closed with its session"

    def test_a_protected_key_and_a_host_key_of_another_type(self, source: AnySource, gate: OpenSsh):
        connector = through(source, gate, key="user_protected", passphrase=PASSPHRASE, host_key="host_rsa")
        assert connector.test().ok

    def test_a_query_is_cancelled_at_the_server(self, source: AnySource, gate: OpenSsh):
        query = "select count(*) as n from trades a, trades b, trades c, trades d where a.price <> d.price"
        with through(source, gate).extract(query, {}) as extraction:
            cancelling = threading.Timer(0.5, extraction.cancel)
            cancelling.start()
            started = time.monotonic()
            with pytest.raises(faults.ExtractionCancelled):
                list(extraction)
            cancelling.join()
            assert time.monotonic() - started < 2.5
        deadline = time.monotonic() + 2
        while source.running_queries() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert source.running_queries() == 0

    def test_a_large_result_is_complete(self, source: AnySource, gate: OpenSsh):
        query = f"select g as g, repeat('x', 100) as filler from {source.series(100_000)} order by g"
        with through(source, gate).extract(query, {}) as extraction:
            found = [value for batch in extraction for value in batch.column("g").to_pylist()]
        assert found == [found[0] + number for number in range(100_000)]

    def test_tls_is_verified_against_the_name_of_the_database(
        self, mariadb: MariadbSource, gate: OpenSsh, between: Between
    ):
        checked = {"ssl_mode": "verify_full", "ssl_root_certificate": between.authority}
        assert through(mariadb, gate, host="localhost", **checked).test().ok
        # The near end of the tunnel is 127.0.0.1 for both: only the database's own name can make the difference.
        wrong = through(mariadb, gate, host="127.0.0.1", **checked).test().steps[-1]
        assert (wrong.name, wrong.ok) == ("tls", False)
        with pytest.raises(faults.SourceTlsFailed):
            through(mariadb, gate, host="127.0.0.1", **checked).preview(ROWS, {}, limit=1)

    def test_postgresql_verifies_too(self, postgresql: SourceDatabase, gate: OpenSsh, between: Between):
        checked = {"ssl_mode": "verify_full", "ssl_root_certificate": between.authority}
        with between.tls_proxy(postgresql.port) as port:
            assert through(postgresql, gate, host="localhost", port=port, **checked).test().ok
            with pytest.raises(faults.SourceTlsFailed):
                through(postgresql, gate, host="127.0.0.1", port=port, **checked).preview(ROWS, {}, limit=1)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


class TestFailures:
    def test_an_unknown_host_key_is_shown_to_be_confirmed_and_nobody_signs_in(self, source: AnySource, gate: OpenSsh):
        before = (gate.home / "sshd.log").read_text().count("Accepted")
        step = through(source, gate, host_key=None).test().steps[-1]
        assert (step.name, step.ok, step.host_key) == ("tunnel", False, gate.fingerprint("host_ed25519"))
        assert step.fix
        with pytest.raises(faults.TunnelHostKeyUnknown):
            through(source, gate, host_key=None).preview(ROWS, {}, limit=1)
        assert (gate.home / "sshd.log").read_text().count("Accepted") == before

    def test_another_host_key_than_the_confirmed_is_told_and_not_offered(self, source: AnySource, gate: OpenSsh):
        step = through(source, gate, host_key="other_host").test().steps[-1]
        assert (step.name, step.ok, step.host_key) == ("tunnel", False, None)
        assert gate.fingerprint("other_host") in step.message
        with pytest.raises(faults.TunnelHostKeyChanged):
            through(source, gate, host_key="other_host").preview(ROWS, {}, limit=1)

    def test_a_sign_in_that_the_ssh_server_refuses(self, source: AnySource, gate: OpenSsh):
        for connector in (through(source, gate, key="stranger"), through(source, gate, key="user_protected")):
            step = connector.test().steps[-1]
            assert (step.name, step.ok) == ("tunnel", False)
            with pytest.raises(faults.TunnelSignInRefused):
                connector.preview(ROWS, {}, limit=1)

    def test_a_tunnel_without_anything_to_sign_in_with(self, source: AnySource, gate: OpenSsh):
        connector = through(source, gate)
        bare = replace(connector, credentials=Credentials(username="u", password=SecretStr("p")))
        with pytest.raises(faults.TunnelSignInRefused, match="Nothing is given"):
            bare.preview(ROWS, {}, limit=1)

    @pytest.mark.parametrize("change", [lambda: {"port": closed_port()}, lambda: {"host": "nothing.invalid"}])
    def test_what_the_ssh_server_cannot_reach_is_told_as_seen_from_there(
        self, source: AnySource, gate: OpenSsh, change: Callable[[], dict[str, object]]
    ):
        connector = through(source, gate, **change())
        step = connector.test().steps[-1]
        assert (step.name, step.ok) == ("tcp", False)
        with pytest.raises(faults.SourceUnreachable, match="Seen from the SSH server") as unreachable:
            connector.preview(ROWS, {}, limit=1)
        assert unreachable.value.transient

    def test_a_user_who_may_not_pass_is_told(self, source: AnySource):
        with open_ssh("PermitOpen 127.0.0.1:1") as strict:
            step = through(source, strict).test().steps[-1]
            assert (step.name, step.ok) == ("tcp", False)
            with pytest.raises(faults.TunnelForwardingRefused, match="does not let this user through"):
                through(source, strict).preview(ROWS, {}, limit=1)

    def test_an_ssh_server_that_is_not_there_or_none_is_told(self, source: AnySource, gate: OpenSsh):
        with pytest.raises(faults.TunnelUnreachable) as away:
            through(source, gate, gate_port=closed_port()).preview(ROWS, {}, limit=1)
        assert away.value.transient
        with (
            proxy(source.port) as port,
            pytest.raises((faults.TunnelProtocolWrong, faults.TunnelUnreachable)),
        ):
            through(source, gate, gate_port=port, connect_timeout_seconds=2).preview(ROWS, {}, limit=1)

    def test_the_guard_judges_the_ssh_server(self, source: AnySource, gate: OpenSsh):
        nothing = EgressGuard(EgressPolicy.OWN_NETWORK)
        step = through(source, gate, egress=nothing).test().steps[-1]
        assert (step.name, step.ok) == ("dns", False)
        assert "loopback" in step.message.lower()

    @pytest.mark.parametrize("after_bytes", [30_000, 3_000_000])
    def test_a_tunnel_that_breaks_in_mid_stream_is_a_lost_connection(
        self, source: AnySource, gate: OpenSsh, between: Between, after_bytes: int
    ):
        query = f"select g as g, repeat(md5(cast(g as char(10))), 8) as filler from {source.series(200_000)}"
        started = time.monotonic()
        with (
            between.cutting_proxy(gate.port, after_bytes) as port,
            pytest.raises(faults.SourceConnectionLost) as lost,
            through(source, gate, gate_port=port).extract(query, {}) as extraction,
        ):
            list(extraction)
        assert lost.value.transient
        assert time.monotonic() - started < 10
        assert forwards() == []

    def test_the_port_leads_nowhere_after_the_session(self, source: AnySource, gate: OpenSsh):
        connector = through(source, gate)
        with reach(connector.settings, connector.credentials, connector.egress) as (address,):
            socket.create_connection((address.address, address.port), timeout=5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.address, address.port), timeout=5)
