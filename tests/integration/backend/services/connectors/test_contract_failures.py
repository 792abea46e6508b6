"""The contract of connectors when something goes wrong, is cancelled, or must be trusted first."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from backend.services.connectors import faults
from backend.services.connectors.base import Connector, SourceParameter, SslMode
from tests.integration.backend.services.connectors.conftest import AnySource
from tests.services.obstacles import Between


def rows_of(connector: Connector, query: str, **parameters: SourceParameter) -> list[tuple[object, ...]]:
    with connector.extract(query, parameters) as extraction:
        return [row for batch in extraction for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


class TestFailures:
    def test_a_good_connector_passes_every_step(self, source: AnySource):
        test = source.connect().test()
        assert test.ok
        assert tuple(step.name for step in test.steps) == source.steps

    @pytest.mark.parametrize(
        ("change", "step", "words"),
        [
            ({"host": "nothing.invalid"}, "dns", "nothing.invalid"),
            ({"host": "169.254.169.254"}, "dns", "metadata"),
            ({"password": "wrong"}, "sign_in", "reader"),
            ({"username": "nobody_at_all"}, "sign_in", "nobody_at_all"),
            ({"database": "no_such_database"}, "sign_in", "no_such_database"),
        ],
    )
    def test_each_failing_step_is_told_apart(self, source: AnySource, change: dict[str, str], step: str, words: str):
        test = source.connect(**change).test()
        assert not test.ok
        last = test.steps[-1]
        assert (last.name, last.ok) == (step, False)
        assert words in last.message
        assert last.fix
        assert all(earlier.ok for earlier in test.steps[:-1])
        assert "reader:p@ss" not in str(test)

    def test_nothing_listening_is_told_apart(self, source: AnySource):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        test = source.connect(port=port).test()
        assert test.steps[-1].name == "tcp"
        with pytest.raises(faults.SourceConnectionRefused) as refused:
            source.connect(port=port).describe("select 1 as a", {})
        assert refused.value.transient

    def test_a_server_that_never_answers_is_given_up(self, source: AnySource):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            started = time.monotonic()
            with pytest.raises(faults.ConnectorError):
                source.connect(port=silent.getsockname()[1], connect_timeout_seconds=2).describe("select 1 as a", {})
            assert time.monotonic() - started < 10

    def test_another_protocol_is_told(self, source: AnySource):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def greet() -> None:
                with suppress(OSError):  # nobody asks any more
                    while True:
                        client, _ = server.accept()
                        with client:
                            client.recv(8)
                            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            greeting = threading.Thread(target=greet)
            greeting.start()
            test = source.connect(port=server.getsockname()[1], ssl_mode="require", connect_timeout_seconds=2).test()
            server.shutdown(socket.SHUT_RDWR)  # wakes the accept
            greeting.join()
        assert test.steps[-1].name == "tls"
        assert "does not speak" in test.steps[-1].message

    def test_a_user_who_may_read_nothing_is_told(self, source: AnySource):
        with source.blind_user() as (username, password):
            test = source.connect(username=username, password=password).test()
        assert test.steps[-1].name == "permission"
        assert not test.ok

    def test_a_full_server_may_be_tried_again(self, source: AnySource):
        with source.full(), pytest.raises(faults.SourceBusy) as busy:
            source.connect().describe("select 1 as a", {})
        assert busy.value.transient

    @pytest.mark.parametrize("after_bytes", [20_000, 3_000_000])
    def test_a_connection_that_breaks_in_mid_stream_may_be_tried_again(
        self, source: AnySource, between: Between, after_bytes: int
    ):
        query = f"select g as g, repeat('x', 100) as filler from {source.series(1_000_000)}"
        with (
            between.cutting_proxy(source.port, after_bytes) as port,
            pytest.raises(faults.SourceConnectionLost) as lost,
        ):
            rows_of(source.connect(port=port), query)
        assert lost.value.transient

    def test_a_server_process_that_is_ended_may_be_tried_again(self, streaming_source: AnySource):
        query = f"select g as g, repeat('x', 1000) as filler from {streaming_source.series(1_000_000)}"
        with streaming_source.connect().extract(query, {}) as extraction:
            batches = iter(extraction)
            next(batches)
            streaming_source.end_sessions()
            with pytest.raises(faults.SourceConnectionLost) as lost:
                list(batches)
        assert lost.value.transient

    def test_a_query_beyond_its_time_is_stopped_by_the_server(self, source: AnySource):
        started = time.monotonic()
        with pytest.raises(faults.QueryTimedOut, match="1 seconds"):
            rows_of(source.connect(statement_timeout_seconds=1), SLOW)
        assert time.monotonic() - started < 3
        assert source.running_queries() == 0

    def test_waiting_for_a_lock_ends(self, source: AnySource):
        with source.locked(), pytest.raises(faults.LockTimedOut) as locked:
            rows_of(source.connect(lock_timeout_seconds=1), "select id from trades")
        assert locked.value.transient


SLOW = "select count(*) as n from trades a, trades b, trades c, trades d where a.price <> d.price"


def assert_nothing_runs(source: AnySource, since: float | None = None) -> None:
    """The server has stopped within two seconds."""
    deadline = (since or time.monotonic()) + 2
    while source.running_queries() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert source.running_queries() == 0


class TestCancel:
    def test_a_query_that_sends_nothing_yet_ends_here_and_there_within_two_seconds(self, source: AnySource):
        with source.connect().extract(SLOW, {}) as extraction:
            cancelled_at: list[float] = []

            def cancel() -> None:
                cancelled_at.append(time.monotonic())
                extraction.cancel()

            threading.Timer(0.5, cancel).start()
            with pytest.raises(faults.ExtractionCancelled):
                list(extraction)
            ended = time.monotonic()
            assert ended - cancelled_at[0] < 2
        assert_nothing_runs(source, since=cancelled_at[0])

    def test_a_stream_is_cut_between_its_batches(self, streaming_source: AnySource):
        query = f"select g as g, repeat('x', 1000) as filler from {streaming_source.series(5_000_000)}"
        with streaming_source.connect().extract(query, {}, batch_rows=1000) as extraction:
            batches = iter(extraction)
            next(batches)
            extraction.cancel()
            with pytest.raises(faults.ExtractionCancelled):
                list(batches)
        assert_nothing_runs(streaming_source)

    def test_leaving_early_ends_the_query_on_the_server(self, streaming_source: AnySource):
        query = f"select g as g, repeat('x', 1000) as filler from {streaming_source.series(5_000_000)}"
        started = time.monotonic()
        with streaming_source.connect().extract(query, {}, batch_rows=1000) as extraction:
            next(iter(extraction))
        assert time.monotonic() - started < 3
        assert_nothing_runs(streaming_source)

    def test_an_unreachable_server_does_not_hold_up_a_cancellation(self, source: AnySource, between: Between):
        with (
            between.cutting_proxy(source.port, 10**9) as port,
            source.connect(port=port).extract(SLOW, {}) as extraction,
        ):
            threading.Timer(0.5, extraction.cancel).start()
            started = time.monotonic()
            with pytest.raises(faults.ExtractionCancelled):
                list(extraction)
            assert time.monotonic() - started < 3


class TestTls:
    def test_a_trusted_certificate_for_the_name_passes(self, source: AnySource, between: Between):
        with source.over_tls(between) as port:
            connector = source.connect(
                host="localhost", port=port, ssl_mode="verify_full", ssl_root_certificate=between.authority
            )
            test = connector.test()
            assert test.ok, test
            assert "TLS" in next(step for step in test.steps if step.name == "tls").message
            assert rows_of(connector, "select count(*) as n from trades") == [(1000,)]

    def test_another_name_fails_full_verification_and_passes_verify_ca(self, source: AnySource, between: Between):
        with source.over_tls(between) as port:
            settings = {"host": "127.0.0.1", "port": port, "ssl_root_certificate": between.authority}
            full = source.connect(**settings, ssl_mode="verify_full")
            assert full.test().steps[-1].name == "tls"
            assert "127.0.0.1" in full.test().steps[-1].message
            with pytest.raises(faults.SourceTlsFailed):
                full.describe("select 1 as a", {})
            if SslMode.VERIFY_CA in full.capabilities.ssl_modes:
                assert source.connect(**settings, ssl_mode="verify_ca").test().ok
            else:
                with pytest.raises(faults.ConnectorSettingsInvalid, match="verify_ca is not something"):
                    source.connect(**settings, ssl_mode="verify_ca")

    def test_an_unknown_authority_is_refused(self, source: AnySource, between: Between):
        with source.over_tls(between) as port:
            connector = source.connect(host="localhost", port=port, ssl_mode="verify_full")
            assert connector.test().steps[-1].name == "tls"
            with pytest.raises(faults.SourceTlsFailed):
                connector.describe("select 1 as a", {})

    def test_require_encrypts_without_verifying(self, source: AnySource, between: Between):
        with source.over_tls(between) as port:
            assert source.connect(host="localhost", port=port, ssl_mode="require").test().ok
