"""Following a run: every event once, over broken connections, to the end."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from backend.demo import run_watch
from backend.demo.errors import DemoTookTooLong, PlatformNotReachable, PlatformRefused
from backend.demo.platform_client import PlatformClient
from backend.demo.run_watch import RunEvent, parse_events, watch_run

Answer = Callable[[httpx.Request], httpx.Response]


class BreakingStream(httpx.SyncByteStream):
    """Some bytes, then a broken connection."""

    def __init__(self, *pieces: str) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from (piece.encode() for piece in self._pieces)
        raise httpx.ReadError("connection reset by peer")


class Platform:
    """A platform of three events whose stream breaks after each."""

    def __init__(self) -> None:
        self.asked_after: list[str | None] = []
        self.sign_ins = 0
        self.expired = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if path == "/auth/login":
            self.sign_ins += 1
            return httpx.Response(200, json={"access_token": f"token-{self.sign_ins}"})
        if self.expired and request.headers["Authorization"] == "Bearer token-1":
            return httpx.Response(401, json={"title": "Sign in first."})
        if path == "/runs/1/events":
            last = request.headers.get("Last-Event-ID")
            self.asked_after.append(last)
            number = int(last or 0) + 1
            if number > 3:
                return httpx.Response(200, text="")
            return httpx.Response(
                200, stream=BreakingStream(f"id: {number}\nevent: progress\ndata: {{}}\n\nid: 99\nda")
            )
        state = "succeeded" if len(self.asked_after) >= 3 else "running"
        return httpx.Response(200, json={"id": "1", "state": state})


def _client(answer: Answer) -> PlatformClient:
    return PlatformClient("http://platform", "a@example.org", "secret", transport=httpx.MockTransport(answer))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_watch, "_PAUSE_SECONDS", 0)


def test_a_broken_stream_is_resumed_after_the_last_event_seen() -> None:
    platform, heard = Platform(), list[RunEvent]()
    with _client(platform) as client:
        run = watch_run(client, "1", heard.append, timeout_seconds=5)
    assert run["state"] == "succeeded"
    assert [event.sequence for event in heard] == ["1", "2", "3"]
    assert platform.asked_after == [None, "1", "2"]


def test_a_run_without_end_is_given_up() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/login"):
            return httpx.Response(200, json={"access_token": "t"})
        if request.url.path.endswith("/events"):
            return httpx.Response(200, text="")
        return httpx.Response(200, json={"id": "1", "state": "running"})

    with _client(answer) as client, pytest.raises(DemoTookTooLong, match="still running"):
        watch_run(client, "1", lambda _: None, timeout_seconds=0.05)


def test_an_expired_token_is_replaced_once() -> None:
    platform = Platform()
    with _client(platform) as client:
        platform.expired = True
        assert client.get("/runs/1")["id"] == "1"
    assert platform.sign_ins == 2


def test_a_problem_becomes_an_error_with_place_and_fix() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/login"):
            return httpx.Response(200, json={"access_token": "t"})
        errors = [{"pointer": "/fields/venue", "detail": "no such column"}]
        return httpx.Response(422, json={"detail": "1 fault", "fix": "Correct it.", "errors": errors})

    with (
        _client(answer) as client,
        pytest.raises(PlatformRefused, match=r"1 fault \(/fields/venue: no such column\)") as raised,
    ):
        client.post("/reports", {})
    assert raised.value.fix == "Correct it."


def test_a_platform_that_is_not_there_is_told_in_plain_words() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(PlatformNotReachable, match="does not answer"), _client(refuse):
        pass


def test_events_are_read_over_several_lines_and_around_comments() -> None:
    document = json.dumps({"rows": 1}, indent=1)
    lines = [
        ": still here",
        "",
        "id: 7",
        "event: step",
        *(f"data: {line}" for line in document.splitlines()),
        "",
        "data: {}",
    ]
    assert list(parse_events(lines)) == [RunEvent("7", "step", {"rows": 1})]
