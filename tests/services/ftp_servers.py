"""FTP and FTPS servers for tests, in a process of their own: pyftpdlib, good ones and one that misbehaves."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.destinations import Destination
from tests.services.obstacles import Between, make_between

PASSWORD = "ftp:p@ss wörd"
KINDS = {"ftp": "none", "ftps": "explicit", "ftps-implicit": "implicit"}

#: Serves a folder on one port per kind, and says on which; the servers' own certificate comes as a file.
#: The environment turns on single faults: they apply to files whose names hold the word.
SERVER = r"""
import os, ssl, sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer
from pyftpdlib.ioloop import IOLoop

folder, certificate, password = sys.argv[1:]
config_logging(level=50)
users = DummyAuthorizer()
users.add_user("partner", password, folder, perm="elradfmwMT")
users.add_user("reader", password, folder, perm="elr")


class Plain(FTPHandler):
    def ftp_STOR(self, file, mode="w"):
        if "nospace" in file:
            self.respond("452 No space left on device.")
            return None
        if "quota" in file:
            self.respond("552 Quota exceeded.")
            return None
        return super().ftp_STOR(file, mode)

    def ftp_RNTO(self, path):
        if "norename" in path:
            self.respond("550 Rename not done.")
            return None
        return super().ftp_RNTO(path)

    def ftp_REST(self, line):
        if os.path.exists(os.path.join(folder, "norest")):
            self.respond("502 REST is not implemented.")
            return None
        return super().ftp_REST(line)


class CutData(DTPHandler):
    def handle_read(self):
        super().handle_read()
        marker = os.path.join(folder, "cut")
        if self.receive and self.tot_bytes_received > 1_000_000 and os.path.exists(marker):
            os.unlink(marker)
            self.cmd_channel.close()

    handle_read_event = handle_read


Plain.dtp_handler = CutData


class Encrypted(Plain, TLS_FTPHandler):
    certfile = certificate
    tls_control_required = True
    tls_data_required = True
    dtp_handler = TLS_DTPHandler


class Implicit(Encrypted):
    def handle(self):
        self.secure_connection(self.get_ssl_context())

    def handle_ssl_established(self):
        TLS_FTPHandler.handle(self)
        self._pbsz = True


ports = []
for handler in (Plain, Encrypted, Implicit):
    handler.authorizer = users
    handler.max_login_attempts = 1000
    handler.auth_failed_timeout = 0
    # Lies about where data go, as servers behind address translation do; ports of passive connections are real.
    handler.masquerade_address = "10.255.255.1"
    handler.passive_ports = None
    ports.append(FTPServer(("127.0.0.1", 0), handler).address[1])
print(*ports, flush=True)
IOLoop.instance().loop()
"""


@dataclass(frozen=True)
class FtpServers:
    """Running servers over one folder: plain, explicit and implicit TLS."""

    folder: Path
    ports: dict[str, int]
    tls: Between

    def destination(self, kind: str, **changed: Any) -> Destination:
        settings: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.ports[kind],
            "security": KINDS[kind],
            "username": "partner",
            "operation_timeout_seconds": 10,
        }
        if kind != "ftp":
            settings["host"] = "localhost"
            settings["ca_certificate"] = self.tls.authority
        return Destination("ftp", {**settings, **changed}, {"password": PASSWORD}, self.folder)


@contextmanager
def ftp_servers(root: Path) -> Iterator[FtpServers]:
    """Started once; ``root`` is an empty folder."""
    folder = root / "incoming"
    folder.mkdir()
    tls = make_between(root)
    arguments = [sys.executable, "-W", "ignore", "-c", SERVER, str(folder), str(tls.server_certificate), PASSWORD]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ports = [int(port) for port in process.stdout.readline().split()]
        assert len(ports) == len(KINDS), "the FTP servers did not start"
        yield FtpServers(folder, dict(zip(KINDS, ports, strict=True)), tls)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
