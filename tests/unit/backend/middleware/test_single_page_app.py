"""The built application behind the API's routes: pages, files, what the browser is told, what stays the API's."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend.core.problems import install_problem_handlers
from backend.middleware.single_page_app import SinglePageApp, content_security_policy, mount_spa

PAGE = '<html><script nonce="__CSP_NONCE__" src="/assets/app-1.js"></script></html>'


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A built application."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "app-1.js").write_text("start()")
    (tmp_path / "assets" / "app-1.js.gz").write_bytes(gzip.compress(b"start()"))
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    (tmp_path / ".vite" / "entry.js").write_text("hidden")
    return tmp_path


@pytest.fixture
async def browser(build: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API with the application behind it."""
    async with _client(SinglePageApp(build, "https://api.example.com/<x>", ("/api", "/webhooks"))) as client:
        yield client


def _client(spa: SinglePageApp) -> httpx.AsyncClient:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_api_route("/api/v1/things", _things, methods=["GET"])
    mount_spa(app, spa)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://openreg.test")


async def _things() -> list[str]:
    return ["thing"]


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/0198?tab=log", "/login"])
async def test_every_page_is_the_document_with_a_nonce_of_its_own(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    nonce = re.search(r'nonce="([^"]+)"', answer.text)
    assert answer.status_code == 200
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"
    assert (await browser.get(path)).text != answer.text


async def test_a_page_comes_with_every_security_header(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_the_policy_allows_no_inline_script_and_no_other_origin() -> None:
    policy = content_security_policy("abc", "https://api.example.com")
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert script == "script-src 'self' 'nonce-abc'"
    assert "connect-src 'self' https://api.example.com" in policy
    assert "unsafe-eval" not in policy


async def test_assets_are_kept_for_ever_and_sent_compressed(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/app-1.js", headers={"Accept-Encoding": "gzip"})
    assert answer.text == "start()"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    plain = await browser.get("/assets/app-1.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == "start()"


@pytest.mark.parametrize("path", ["/assets/app-0.js", "/assets/", "/api/v1/nothing", "/api", "/webhooks/x"])
async def test_what_is_missing_below_assets_or_the_api_is_a_problem_and_no_page(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/.vite/manifest.json", "/.vite/entry.js", "/..%2f..%2fetc/passwd", "/assets/..%2findex.html"]
)
async def test_nothing_outside_of_the_build_is_given_out(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert "hidden" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code == 404 or 'nonce="' in answer.text


async def test_a_known_path_with_a_wrong_method_stays_a_405(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/api/v1/things")).json() == ["thing"]
    assert (await browser.delete("/api/v1/things")).status_code == 405
    assert (await browser.post("/runs")).status_code == 404


async def test_the_browser_is_told_the_address_of_the_api(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/config.js")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == 'window.__OPENREG__={"apiUrl": "https://api.example.com/\\u003cx>"};'


async def test_without_a_build_the_page_says_what_is_missing_and_the_api_works(tmp_path: Path) -> None:
    async with _client(SinglePageApp(tmp_path / "absent", "", ("/api",))) as browser:
        answer = await browser.get("/")
        assert answer.status_code == 503
        assert "make ui" in answer.text
        assert (await browser.get("/api/v1/things")).status_code == 200
