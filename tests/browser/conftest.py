"""A real browser in front of a real backend. One backend per module: what a test adds stays for the next ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from backend.core.ids import ConnectorId
from tests.factories.source import PASSWORD as SOURCE_PASSWORD
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.harness.backend_process import running_backend
from tests.harness.browser import FLAGS, Visitor, chromium_path
from tests.harness.installation import Installation, SourceAddress, create_installation
from tests.services.servers import PostgresServer, RedisAddress, S3Address, run_now

#: Of the first administrator, see ``create_installation``.
EMAIL, PASSWORD = "admin@openreg.localhost", "a-password-for-tests"
REDIS_DATABASE = 4
Arrive = Callable[[], Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser, gone with its module: while Playwright's loop runs here, no test may run one of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def installation(postgres_server: PostgresServer, s3_server: S3Address, redis_server: RedisAddress) -> Installation:
    """A database and a bucket with one tenant and its administrator. Its pools are closed: open them in a loop."""
    redis = redis_server.database(REDIS_DATABASE)
    # Not in this thread: it belongs to Playwright's loop.
    return run_now(create_installation(postgres_server, s3_server, REDIS_URL=redis))


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    """Three trades."""
    with source_of_trades(postgres_server) as found:
        yield found


@pytest.fixture(scope="module")
def connector(installation: Installation, source: SourceOfTrades) -> str:
    """A connector to them, made before anybody looks; its name."""
    return added_connector(installation, source)


def added_connector(installation: Installation, source: SourceOfTrades) -> str:
    """One more connector to a source; its name."""

    async def add() -> str:
        address = SourceAddress("", "127.0.0.1", source.port, source.database, source.username, SOURCE_PASSWORD)
        stored = await installation.connectors.get(ConnectorId(await installation.add_connector(address)))
        return stored.name

    return installation.run_now(add())


@pytest.fixture(scope="module")
def address(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the backend of this module answers."""
    with running_backend(installation.env, tmp_path_factory.mktemp("backend") / "log") as address:
        yield address


@pytest.fixture
def arrive(chromium: Browser, address: str) -> Iterator[Arrive]:
    """Fresh profiles; each is searched for what broke unseen when the test is over."""
    visitors: list[Visitor] = []

    def arrive_now() -> Visitor:
        visitors.append(Visitor.arrive(chromium, address))
        return visitors[-1]

    yield arrive_now
    for visitor in visitors:
        visitor.leave()


@pytest.fixture
def visitor(arrive: Arrive) -> Visitor:
    """Somebody who is not signed in."""
    return arrive()


@pytest.fixture
def administrator(visitor: Visitor) -> Visitor:
    """The first administrator, signed in; no page is open yet."""
    visitor.begin_signed_in(EMAIL, PASSWORD)
    return visitor
