"""A secret in every field that takes or gives one, and then nowhere else: no log, answer, error, row or file."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.core.clock import utc_now
from backend.core.totp import code_of, step_at
from backend.embedded.platform import PlatformState, started_platform
from backend.embedded.ports import free_port
from tests.factories.certificates import Authority
from tests.harness.canary import Canaries, RecordingClient, Told, files_of, rows_of

ROOT = Path(__file__).resolve().parents[2]
CSRF = {"X-OpenReg-CSRF": "1"}
#: Files of the data folder that hold secrets, each readable by the account it is for.
KNOWN_FILES = {
    "secrets.json": "the secrets of the installation",
    "redis/redis.conf": "Redis is told its password nowhere else",
}
#: What an answer shows once, to whoever asked for it.
SHOWN = {
    "POST /auth/login": {"access token", "challenge of the second factor"},
    "POST /auth/login/second-factor": {"access token of the second factor"},
    "POST /auth/refresh": {"renewed access token"},
    "POST /auth/second-factor/begin": {"TOTP secret"},
    "POST /auth/second-factor/confirm": {"recovery code"},
    "POST /auth/second-factor/recovery-codes": {"renewed recovery code"},
    "POST /service-keys": {"service key"},
    "POST /service-keys/…/rotate": {"rotated service key"},
    "POST /webhooks": {"webhook secret"},
    "POST /webhooks/…/rotate-secret": {"rotated webhook secret"},
}
#: Mails carry one-time links: whoever may read the outbox hands them over where no mail server does.
LINKS = {"invitation token", "reset token"}
INSTALLATION = (
    "postgresql_superuser", "postgresql_owner", "postgresql_application", "postgresql_system", "redis",
    "s3_secret_key", "secret_key", "encryption_key", "administrator_password", "author_password", "approver_password",
)  # fmt: skip


@dataclass
class Tour:
    """One visit to every field that takes or gives a secret."""

    platform: PlatformState
    client: RecordingClient
    canaries: Canaries

    def plant(self, name: str) -> str:
        """A secret of our own."""
        return self.canaries.plant(name, f"canary{secrets.token_hex(12)}")

    def sign_in(self, email: str, password: str) -> Any:
        """Sign in and act in this name from now on, unless a second factor is wanted."""
        answer = self.client.done("POST", "/auth/login", json={"email": email, "password": password}, headers=CSRF)
        if answer.get("access_token"):
            self.client.speak_as(answer["access_token"])
        return answer

    def sources_and_destinations(self) -> None:
        """Credentials of other systems, right in form and wrong."""
        call, host = self.client.call, {"host": "127.0.0.1", "port": 9}
        source = {"kind": "postgresql", "settings": {**host, "database": "d", "ssl_mode": "disable"}}
        for name in ("connector password", "changed connector password"):
            credentials = {"username": "reader", "password": self.plant(name)}
            call("POST", "/connectors/test", json={**source, "credentials": credentials})
            call("POST", "/connectors", json={"name": "canary", **source, "credentials": credentials})
            identity = self.client.done("GET", "/connectors")["items"][0]["id"]
            self.client.done("PATCH", f"/connectors/{identity}", json={"credentials": credentials})
            for step in ("test", "preview"):
                call("POST", f"/connectors/{identity}/{step}", json={"query": "select 1"})
            # Where the field does not belong, an answer names it without its value.
            call("POST", "/connectors", json={"name": "x", **source, "credentials": credentials["password"]})
            call("POST", "/connectors", json={"name": 7, **source, "credentials": [credentials]})
        passphrase = self.plant("passphrase of a private key")
        key = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        self.canaries.plant("private key", key.decode().splitlines()[2])
        self.behind_a_tunnel(source, {"private_key": key.decode(), "passphrase": passphrase})
        partner = {"kind": "sftp", "settings": {**host, "username": "u", "host_key_fingerprint": "SHA256:" + "A" * 43}}
        for credentials in (
            {"password": self.plant("destination password")},
            {"private_key": key.decode(), "passphrase": passphrase},
        ):
            call("POST", "/destinations/test", json={**partner, "credentials": credentials})
            made = self.client.done(
                "POST", "/destinations", json={"name": secrets.token_hex(4), **partner, "credentials": credentials}
            )
            call("POST", f"/destinations/{made['id']}/test")
            call("POST", "/destinations", json={"name": "x", **partner, "credentials": str(credentials)})

    def behind_a_tunnel(self, source: dict[str, Any], signed_in_by_key: dict[str, str]) -> None:
        """A source that is reached through an SSH server, which has secrets of its own."""
        tunnel = {"host": "127.0.0.1", "port": 9, "username": "u", "host_key_fingerprint": "SHA256:" + "A" * 43}
        behind = {**source, "settings": {**source["settings"], "tunnel": tunnel}}
        for secret in ({"password": self.plant("tunnel password")}, signed_in_by_key):
            password = self.plant(f"password behind a tunnel by {next(iter(secret))}")
            credentials = {"username": "reader", "password": password, "tunnel": secret}
            self.client.call("POST", "/connectors/test", json={**behind, "credentials": credentials})
            named = {"name": secrets.token_hex(4), **behind, "credentials": credentials}
            made = self.client.done("POST", "/connectors", json=named)
            self.client.call("POST", f"/connectors/{made['id']}/test")
            self.client.call(
                "POST", "/connectors", json={**named, "credentials": {**credentials, "tunnel": str(secret)}}
            )

    def keys(self) -> None:
        """What partners show us and we show them."""
        again = {"Idempotency-Key": secrets.token_hex(8)}
        hook = {"url": "http://127.0.0.1:9/hook", "event_types": ["*"]}
        made = self.client.done("POST", "/webhooks", json={**hook, "access": self.access("basic")}, headers=again)
        self.canaries.plant("webhook secret", made["secret"])
        self.client.done("PATCH", f"/webhooks/{made['id']}", json={"access": self.access("oauth2")})
        self.client.call("PATCH", f"/webhooks/{made['id']}", json={"access": str(self.access("basic"))})
        self.client.call("POST", f"/webhooks/{made['id']}/ping")
        rotated = self.client.done("POST", f"/webhooks/{made['id']}/rotate-secret", json={})["secret"]
        self.canaries.plant("rotated webhook secret", rotated)
        self.client.done("PUT", f"/webhooks/{made['id']}/key-pair")
        self.client.call("GET", f"/webhooks/{made['id']}")
        wanted = {"name": f"canary {secrets.token_hex(4)}", "scopes": ["reports:read"]}
        again = {"Idempotency-Key": secrets.token_hex(8)}
        made = self.client.done("POST", "/service-keys", json=wanted, headers=again)
        self.canaries.plant("service key", made["secret"])
        rotated = self.client.done("POST", f"/service-keys/{made['id']}/rotate", json={})["secret"]
        self.canaries.plant("rotated service key", rotated)
        for headers in ({"X-API-Key": rotated}, {"X-API-Key": rotated + "x"}, {"Authorization": f"Bearer {rotated}y"}):
            self.client.call("GET", "/reports", headers=headers)

    def access(self, kind: str) -> dict[str, Any]:
        """What an endpoint may want besides a signature."""
        own = Authority().issue()
        self.canaries.plant(f"key of a client certificate beside {kind}", own.private_key.splitlines()[1])
        secret = self.plant(f"secret of {kind}")
        kinds = {
            "basic": {"username": "u", "password": secret},
            "oauth2": {"token_url": "http://127.0.0.1:9/token", "client_id": "u", "client_secret": secret},
        }
        return {
            "headers": {"X-Key": self.plant(f"header beside {kind}")},
            "authentication": {"kind": kind, **kinds[kind]},
            "client_certificate": {"certificate": own.certificate, "private_key": own.private_key},
        }

    def joining(self) -> str:
        """An invitation, a reset by mail and passwords that are chosen; the new account's address."""
        roles = self.client.done("GET", "/roles")["items"]
        administrator = next(one["id"] for one in roles if one["key"] == "administrator")
        email = f"canary-{secrets.token_hex(4)}@example.test"
        self.client.done("POST", "/user-invitations", json={"email": email, "role_ids": [administrator]})
        token = self.canaries.plant("invitation token", self.token_mailed_to(email))
        self.client.done("POST", "/auth/invitations/read", json={"token": token})
        chosen = {"full_name": "Canary", "password": self.plant("chosen password")}
        self.client.done("POST", "/auth/invitations/accept", json={"token": token, **chosen})
        self.client.call("POST", "/auth/invitations/accept", json={"token": token, **chosen})
        self.client.call("POST", "/auth/forgot-password", json={"email": email})
        token = self.canaries.plant("reset token", self.token_mailed_to(email, "password_reset"))
        reset = {"token": token, "password": self.plant("password after the reset")}
        self.client.call("POST", "/auth/reset-password", json=reset)
        self.client.call("POST", "/auth/reset-password", json=reset)
        return email

    def token_mailed_to(self, email: str, template: str = "invitation") -> str:
        """The secret of the newest link to somebody, once the workers have taken the mail."""
        for _ in range(60):
            mails = self.client.done("GET", "/outgoing-mails")["items"]
            found = [one for one in mails if one["recipient"] == email and one["template"] == template]
            text = self.client.done("GET", f"/outgoing-mails/{found[0]['id']}")["text"] if found else None
            link = re.search(r"#(?:token=)?([\w.-]+)", text or "")
            if link is not None:
                return link[1]
            time.sleep(1)
        raise AssertionError(f"no mail to {email}")

    def signing_in(self, email: str) -> None:
        """Every way to prove who one is, and to fail."""
        plant, client = self.canaries.plant, self.client
        password = self.canaries.planted["password after the reset"]
        wrong = {"email": email, "password": self.plant("wrong password")}
        client.call("POST", "/auth/login", json=wrong, headers=CSRF)
        client.call("POST", "/auth/login", json={**wrong, "email": [wrong["password"]]}, headers=CSRF)
        plant("access token", self.sign_in(email, password)["access_token"])
        plant("session cookie", client.cookie())
        plant("renewed access token", client.done("POST", "/auth/refresh", headers=CSRF)["access_token"])
        plant("renewed session cookie", client.cookie())
        changed = self.plant("changed password")
        client.call("POST", "/auth/change-password", json={"current_password": changed, "new_password": changed})
        client.done("POST", "/auth/change-password", json={"current_password": password, "new_password": changed})
        secret = plant(
            "TOTP secret", client.done("POST", "/auth/second-factor/begin", json={"password": changed})["secret"]
        )
        code = code_of(secret, step_at(utc_now()) - 1)
        codes = client.done("POST", "/auth/second-factor/confirm", json={"code": code})["recovery_codes"]
        plant("recovery code", codes[0])
        challenge = plant("challenge of the second factor", self.sign_in(email, changed)["challenge"])
        step = {"challenge": challenge, "code": code_of(secret, step_at(utc_now()))}
        answer = client.done("POST", "/auth/login/second-factor", json=step, headers=CSRF)
        client.speak_as(plant("access token of the second factor", answer["access_token"]))
        renewed = client.done("POST", "/auth/second-factor/recovery-codes", json={"password": changed})
        plant("renewed recovery code", renewed["recovery_codes"][0])
        client.call("GET", "/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}x"})

    def operators(self) -> None:
        """Passwords that the command line makes."""
        command, email = [sys.executable, "-m", "backend.cli", "users"], "operator@example.test"
        membership = ["--tenant", self.tenant_slug(), "--role", "operator", "--name", "Operator"]
        for arguments in (["create", email, *membership], ["reset-password", email]):
            place = ["--data-dir", str(self.platform.data_dir)]
            done = subprocess.run([*command, *arguments, *place], capture_output=True, text=True, cwd=ROOT, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            shown = re.search(r"password (\S+) \(shown once\)", done.stdout)
            assert shown is not None, done.stdout
            self.canaries.plant(f"password of openreg users {arguments[0]}", shown[1])

    def mail_server(self) -> None:
        """The password of the mail account, before a server that refuses it; every process has it since its start."""
        refusing = Controller(
            Sink(),
            hostname="127.0.0.1",
            port=free_port(),
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=False, handled=False, message="535 not these"),
        )
        refusing.start()
        changes = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(refusing.port), "SMTP_TLS": "none"}
        command = [sys.executable, "-m", "backend.cli", "doctor", "--json", "--data-dir", str(self.platform.data_dir)]
        try:
            environment = {**os.environ, **changes}
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=environment)
        finally:
            refusing.stop()
        checks = {one["name"]: one["cause"] for one in json.loads(done.stdout)["checks"]}
        assert "535" in checks["mail"], checks
        self.client.told.append(Told("openreg doctor", done.returncode, (done.stdout + done.stderr).encode()))

    def tenant_slug(self) -> str:
        return str(self.client.done("GET", "/auth/me")["tenant"]["slug"])

    def look_around(self) -> None:
        """Every list and what stands in it, the trail of audit included."""
        paths = json.loads((ROOT / "docs/openapi/backend.json").read_text("utf-8"))["paths"]
        names = [path.removeprefix("/api/v1") for path, methods in paths.items() if "get" in methods]
        for name in names:
            if "{" in name or name.endswith("/stream") or not name.startswith("/"):
                continue
            answer = self.client.call("GET", name, params={"q": "canary", "format": "csv"})
            items = answer.json().get("items", []) if answer.headers["content-type"] == "application/json" else []
            detail = next((one for one in names if re.fullmatch(re.escape(name) + r"/\{\w+\}", one)), None)
            for item in (one for one in items if detail and "id" in one):
                self.client.call("GET", f"{name}/{item['id']}")


@dataclass(frozen=True, slots=True)
class Visited:
    """What is left when the tour is over."""

    tour: Tour
    data_dir: Path
    database: str


@pytest.fixture(scope="module")
def visited(services_folder: Path) -> Iterator[Visited]:
    """A platform with its workers, as it is delivered, after a visit to every field."""
    mail_password = f"canary{secrets.token_hex(12)}"
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SMTP_USERNAME", "canary@example.test")
        patch.setenv("SMTP_PASSWORD", mail_password)
        platform = stack.enter_context(started_platform(services_folder / "canary"))
        environment = environment_of(platform)
        client = RecordingClient(platform.api_url)
        tour = Tour(platform, client, Canaries())
        made = json.loads((platform.data_dir / "secrets.json").read_text("utf-8"))
        assert environment["SMTP_PASSWORD"] == tour.canaries.plant("password of the mail server", mail_password)
        for name in INSTALLATION:
            tour.canaries.plant(name, made[name])
        tour.sign_in(platform.admin_email, platform.admin_password)
        tour.sources_and_destinations()
        tour.keys()
        email = tour.joining()
        tour.operators()
        tour.mail_server()
        tour.signing_in(email)
        tour.look_around()
        name = urlsplit(environment["DATABASE_URL"]).path
        yield Visited(tour, platform.data_dir, platform.postgres_superuser_dsn.rpartition("/")[0] + name)
        client.close()


def environment_of(platform: PlatformState) -> dict[str, str]:
    """What the API of a platform was started with."""
    for process in psutil.Process(platform.pid).children(recursive=True):
        environment = process.environ()
        if "DATABASE_URL" in environment:
            return environment
    raise AssertionError("no process of the platform knows the database")


def test_every_field_was_visited(visited: Visited) -> None:
    """So that the other tests search for something."""
    schemas = json.loads((ROOT / "docs/openapi/backend.json").read_text("utf-8"))["components"]["schemas"]
    secret = re.compile(r"password|secret|token|credential|challenge|recovery_code|^code$")
    # Names that speak of a secret without holding one.
    harmless = {
        "token_type",
        "token_url",
        "needs_credentials",
        "password_reference",
        "credentials_schema",
        "former_secrets_until",
    }
    names = {name for schema in schemas.values() for name in schema.get("properties", {})}
    fields = {name for name in names if secret.search(name)} - harmless
    assert fields == {
        "access_token", "challenge", "client_secret", "code", "credentials", "current_password", "new_password",
        "password", "recovery_codes", "secret", "token",
    }, "a field with a secret came or went: visit it in the tour"  # fmt: skip
    assert len(visited.tour.canaries.planted) >= 40


def test_no_answer_shows_a_secret_but_the_one_that_makes_it(visited: Visited) -> None:
    tour, shown = visited.tour, set()
    for told in tour.client.told:
        found = tour.canaries.found_in(told.content)
        if told.call == "GET /outgoing-mails/…":
            shown |= found & LINKS
            found -= LINKS
        shown |= found & SHOWN.get(told.call, set())
        assert not found - SHOWN.get(told.call, set()), (told.call, told.status, found)
    assert len(shown) >= 10, "the search finds nothing, not even what is shown"
    assert len({told.call for told in tour.client.told}) > 60


def test_no_row_holds_a_secret_in_clear(visited: Visited) -> None:
    tables, faults = set(), set()
    for table, row in rows_of(visited.database):
        tables.add(table)
        faults |= {(table, name) for name in visited.tour.canaries.found_in(row)}
    assert not faults, faults
    assert {"audit_entries", "connectors", "outgoing_mails", "sessions", "idempotency_keys"} <= tables


def test_no_log_and_no_file_holds_a_secret(visited: Visited) -> None:
    """Logs of the API and the workers, files of PostgreSQL, Redis and the object store."""
    faults, names = set(), set()
    for name, part in files_of(visited.data_dir, KNOWN_FILES):
        names.add(name)
        faults |= {(name, found) for found in visited.tour.canaries.found_in(part)}
    logs = [name for name in names if name.startswith("logs/")]
    assert {"logs/backend.log", "logs/up.log"} <= set(logs), logs
    assert len(logs) >= 5
    assert not faults, faults


def test_files_with_secrets_are_read_by_one_account(visited: Visited) -> None:
    for name in KNOWN_FILES:
        assert (visited.data_dir / name).stat().st_mode & 0o077 == 0, name
