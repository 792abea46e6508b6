"""docker-compose.yml and the Dockerfiles, without a Docker engine: what they promise can be read from them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.cli.env import made_environment
from backend.config import PARTS, load_settings
from backend.middleware.single_page_app import content_security_policy, security_headers
from backend.persistence.roles import APPLICATION_ROLE, OWNER_ROLE, SYSTEM_ROLE, RolePasswords, database_of
from tests.architecture.rules.source import ROOT

Service = Mapping[str, Any]
DOCKERFILES = ("backend", "external_api", "frontend", "customer-portal")
BASES = {"python:3.13-slim", "node:22-slim", "nginxinc/nginx-unprivileged:stable-alpine"}
SERVERS = {
    "postgres": "postgres:15-alpine",
    "redis": "redis:7-alpine",
    "minio": "minio/minio:RELEASE.2025-09-07T16-13-09Z",
}
#: Known to the migrate service alone.
OWNERS = {"DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"}
#: For trying connectors against; its image needs a writable disk and rights of its own.
UNCONFINED = {"oracle"}
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?:(:?[-?])((?:[^{}]|\$\{[^{}]*\})*))?\}")


@cache
def compose() -> Mapping[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def services() -> Mapping[str, Service]:
    found: Mapping[str, Service] = compose()["services"]
    return found


def ours() -> dict[str, Service]:
    """Services that run the code of this repository."""
    return {name: one for name, one in services().items() if one["image"].startswith("openreg/")}


def dockerfile(folder: str) -> str:
    return (ROOT / folder / "Dockerfile").read_text(encoding="utf-8")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Instruction and rest, lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def filled(value: object, environment: Mapping[str, str]) -> str:
    """As compose puts variables in, of a file that holds them."""

    def one(match: re.Match[str]) -> str:
        name, operator, rest = match[1], match[2] or "", match[3] or ""
        given = environment.get(name)
        is_missing = given is None or (operator.startswith(":") and not given)
        if is_missing and operator.endswith("?"):
            raise KeyError(f"{name}: {rest}")
        return filled(rest, environment) if is_missing else str(given)

    return _VARIABLE.sub(one, str(value))


def given(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service under a .env."""
    return {name: filled(value, environment) for name, value in services()[service].get("environment", {}).items()}


def file_of_settings() -> dict[str, str]:
    lines = [line for line in made_environment().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_services_have_the_images_of_the_contract() -> None:
    assert {name: services()[name]["image"] for name in SERVERS} == SERVERS
    assert {"backend", "external_api", "frontend", "customer-portal", "migrate", "beat"} <= set(ours())


@pytest.mark.parametrize("name", services())
def test_every_service_is_watched_limited_and_logs_within_bounds(name: str) -> None:
    """One service without a limit takes the machine with it; one without a health check is waited for in vain."""
    service = services()[name]
    assert {"memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    if name == "migrate":
        assert service["restart"] == "no"
    else:
        assert "healthcheck" in service or "HEALTHCHECK" in (ROOT / service["build"]["dockerfile"]).read_text()
        assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(set(services()) - UNCONFINED))
def test_every_service_runs_without_rights_and_without_a_disk_to_write_to(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])


def test_every_image_has_a_pinned_tag() -> None:
    """`latest` is another program every day."""
    for name, service in services().items():
        tag = filled(service["image"], {}).rpartition(":")[2]
        assert tag not in {"", "latest"}, name
        assert ":" in service["image"], name


@pytest.mark.parametrize("name", services())
def test_ports_are_published_on_this_machine_only_unless_somebody_says_otherwise(name: str) -> None:
    for port in services()[name].get("ports", []):
        assert filled(port, {}).startswith("127.0.0.1:"), port
    assert name not in {"postgres", "redis"} or "ports" not in services()[name]


def test_the_consoles_and_apis_have_the_ports_of_the_contract() -> None:
    published = {filled(port, {}).split(":")[1] for one in services().values() for port in one.get("ports", [])}
    assert {"3000", "3001", "8000", "8001", "9001"} <= published


def test_every_setting_reaches_every_process_of_ours_and_the_owners_only_the_migration() -> None:
    """A setting that compose forgets is set in vain; the owner's address opens every tenant's rows."""
    settings = {str(field.alias) for part in PARTS for field in part.model_fields.values()}
    for name, service in ours().items():
        if name in {"frontend", "customer-portal", "frontend-dev"}:
            continue
        names = set(service["environment"])
        wanted = settings if name == "migrate" else settings - OWNERS
        assert wanted - names == set(), name
        assert names & OWNERS == (OWNERS if name == "migrate" else set()), name


def test_no_secret_has_a_default() -> None:
    """A default secret is known to everybody who can read this file."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name, operator, rest in _VARIABLE.findall(text):
        if name.endswith(("_PASSWORD", "_KEY", "_SECRET")) or (
            name.startswith(("DATABASE", "REDIS")) and "URL" in name
        ):
            is_put_together = rest.startswith("postgresql://postgres:${POSTGRES_PASSWORD}@")
            assert operator.endswith("?") or rest == "" or is_put_together, name


def test_without_a_file_of_settings_nothing_starts_and_the_variable_is_named() -> None:
    with pytest.raises(KeyError, match=r"DATABASE_URL: write a \.env with `make env` first"):
        given("backend", {})


def test_the_file_that_make_env_writes_satisfies_production_in_every_service() -> None:
    environment = file_of_settings()
    for name, service in ours().items():
        if "SECRET_KEY" in service.get("environment", {}):
            settings = load_settings(given(name, environment))
            assert settings.runtime.is_production
            assert settings.runtime.scratch_dir == Path("/var/lib/openreg/scratch")
            assert settings.mail.public_url == "http://127.0.0.1:3000"


def test_the_file_that_make_env_writes_opens_the_servers_that_compose_starts() -> None:
    environment = file_of_settings()
    migrate = load_settings(given("migrate", environment)).database
    assert migrate.owner_url is not None
    assert migrate.superuser_url is not None
    urls = [url.get_secret_value() for url in (migrate.owner_url, migrate.url, migrate.system_url)]
    passwords = RolePasswords.of_urls(*urls)
    assert list(passwords.by_role()) == [OWNER_ROLE, APPLICATION_ROLE, SYSTEM_ROLE]
    assert {database_of(url) for url in urls} == {"openreg"}
    assert environment["POSTGRES_PASSWORD"] in migrate.superuser_url.get_secret_value()
    assert given("redis", environment)["REDIS_PASSWORD"] in environment["REDIS_URL"]
    assert given("minio", environment)["MINIO_ROOT_PASSWORD"] == given("backend", environment)["MINIO_SECRET_KEY"]
    assert (
        f"{given('backend', environment)['OPENREG_DEMO_PARTNER_ADDRESS']}/32" == environment["EGRESS_ALLOWED_NETWORKS"]
    )


def test_two_files_share_no_secret() -> None:
    first, second = file_of_settings(), file_of_settings()
    secret = {name for name in first if re.search("PASSWORD|KEY|_URL$", name)} - {"PUBLIC_URL"}
    assert len(secret) == 12
    assert [name for name in secret if first[name] == second[name]] == []


def test_make_env_writes_for_its_owner_only_and_never_over_a_file(tmp_path: Path) -> None:
    """It runs before anything is installed: with the standard library alone."""
    command = [sys.executable, "-I", "-S", str(ROOT / "backend" / "cli" / "env.py"), str(tmp_path / ".env")]
    subprocess.run(command, check=True, capture_output=True)
    written = tmp_path / ".env"
    assert written.stat().st_mode & 0o777 == 0o600
    before = written.read_text()
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "stays as it is" in again.stdout
    assert written.read_text() == before


def test_a_service_starts_when_what_it_needs_is_there() -> None:
    for name, service in ours().items():
        conditions = {one: how["condition"] for one, how in service["depends_on"].items()}
        if name == "migrate":
            assert conditions == {"postgres": "service_healthy", "minio": "service_healthy"}
        elif "SECRET_KEY" in service.get("environment", {}):
            assert conditions["migrate"] == "service_completed_successfully"
            assert conditions["redis"] == "service_healthy"
        else:
            assert set(conditions.values()) == {"service_healthy"}


def test_every_queue_is_worked_on_and_a_worker_of_runs_hands_them_on() -> None:
    queues: dict[str, str] = {}
    for name, service in services().items():
        command = service.get("command", [])
        if "-Q" in command and "dev" not in service.get("profiles", []):
            queues |= dict.fromkeys(command[command.index("-Q") + 1].split(","), name)
    assert set(queues) == {"runs", "delivery", "webhooks", "sync", "billing", "maintenance"}
    assert len(set(queues.values())) == 4
    # Celery waits for its tasks after SIGTERM, and a run may take an hour.
    assert services()["worker-runs"]["stop_signal"] == "SIGQUIT"
    assert "container_name" not in services()["worker-runs"]
    assert "ports" not in services()["worker-runs"]


@pytest.mark.parametrize("folder", DOCKERFILES)
def test_a_dockerfile_is_of_stages_without_root_and_of_pinned_bases(folder: str) -> None:
    text = dockerfile(folder)
    steps = list(instructions(text))
    bases = [rest.split()[0] for word, rest in steps if word == "FROM"]
    assert len(bases) == 2
    assert set(bases) <= BASES
    assert not text.startswith("# syntax=")
    last = steps[max(index for index, (word, _) in enumerate(steps) if word == "FROM") :]
    user = [rest for word, rest in last if word == "USER"][-1]
    assert re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user), "a number: an orchestrator cannot tell who a name is"
    assert [word for word, _ in last].count("HEALTHCHECK") == 1
    assert not re.search(r"\bapk\b", text)
    assert "COPY . " not in text


@pytest.mark.parametrize("folder", ["backend", "external_api"])
def test_an_image_of_python_installs_by_hash_only(folder: str) -> None:
    installs = [
        part for _, rest in instructions(dockerfile(folder)) for part in rest.split("&&") if " install " in part
    ]
    by_pip = [part for part in installs if "pip" in part]
    assert len(by_pip) == 3
    assert all("--require-hashes" in part or "--no-index" in part for part in by_pip)
    assert f"COPY {folder}/requirements.txt" in dockerfile(folder)


def test_what_the_images_are_built_of_is_listed_and_secrets_are_not() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    taken = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in taken)
    assert taken.isdisjoint({".env", ".git", ".openreg", "tests"})
    for folder in DOCKERFILES:
        for word, rest in instructions(dockerfile(folder)):
            if word == "COPY" and "--from" not in rest:
                sources = [part for part in rest.split()[:-1] if not part.startswith("--")]
                assert {source.partition("/")[0] for source in sources} <= taken, folder


def started(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the images do before nginx starts."""
    return subprocess.run(
        ["sh", str(ROOT / "ui" / "nginx" / "40-openreg.sh")],
        env={
            "PATH": "/usr/bin:/bin",
            "OPENREG_NGINX_DIR": str(ROOT / "backend" / "middleware"),
            "OPENREG_NGINX_MADE_DIR": str(tmp_path),
            "API_UPSTREAM": "backend:8000",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("api", ["", "https://api.example.com", "http://[::1]:8000"])
def test_the_web_servers_tell_browsers_what_the_services_tell_them(tmp_path: Path, api: str) -> None:
    """Two policies would be one too many: the page would work in one place and not in the other."""
    assert started(tmp_path, VITE_API_URL=api).returncode == 0
    assert f'"{content_security_policy("$request_id", api)}"' in (tmp_path / "http.conf").read_text()
    assert (tmp_path / "config.js").read_text() == f'window.__OPENREG__={{"apiUrl": "{api}"}};'


@pytest.mark.parametrize(
    "api", ["api.example.com", "https://a/path", "https://a'b", 'https://a"', "https://a\nevil", "ftp://a"]
)
def test_an_address_that_is_none_stops_the_web_server(tmp_path: Path, api: str) -> None:
    refused = started(tmp_path, VITE_API_URL=api)
    assert refused.returncode == 1
    assert "VITE_API_URL must be the address of the API" in refused.stderr
    assert not (tmp_path / "config.js").exists()


def test_a_page_of_the_web_servers_has_the_headers_of_the_services() -> None:
    text = (ROOT / "ui" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    page = text.partition("location = /index.html {")[2].partition("}")[0]
    for name, value in security_headers("$content_security_policy").items():
        assert f"add_header {name} {value};" in page.replace('"', ""), name
    assert 'sub_filter "__CSP_NONCE__" $request_id;' in page
    assert "gzip_static on;" in text.partition("location /assets/ {")[2].partition("}")[0]


@pytest.mark.parametrize(("folder", "paths"), [("frontend", "api|webhooks"), ("customer-portal", "external_api")])
def test_the_web_servers_hand_on_the_paths_of_their_api_and_no_figures(folder: str, paths: str) -> None:
    text = (ROOT / folder / "nginx" / "api.conf").read_text(encoding="utf-8")
    assert f"({paths})" in text or f"^/{paths}(/|$)" in text
    locations = re.findall(r"^location (.*) \{$", text, re.MULTILINE)
    assert len(locations) == 2
    assert not any("metrics" in location for location in locations)
