"""Bringing files to servers on this machine, against what OpenSSH's ``sftp`` and ``curl`` need for the same file.

Both sides run in turn, each in a process of its own; medians are compared and printed. The file cannot be compressed.
A delivery reads back what arrived; for the ratio of sending alone the time of reading back is taken off.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.harness.figures import show
from tests.services.destinations import Destination, sftp_destination
from tests.services.ftp_servers import PASSWORD, ftp_servers
from tests.services.sftp_servers import open_ssh

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "3"))
MIB = int(os.environ.get("OPENREG_BENCH_MIB", "256"))
LARGE_MIB = int(os.environ.get("OPENREG_BENCH_LARGE_MIB", "1024"))
MIN_SFTP, MIN_SFTP_READ_BACK, MIN_FTPS = 0.60, 0.25, 0.60
MAX_EXTRA_MB = 64

OURS = """
import hashlib, json, sys, time
from ipaddress import ip_network
from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer.factory import create_transfer
from backend.services.transfer.ftp_files import FtpFolder
from backend.services.transfer.sftp_files import SftpFolder
told = json.loads(sys.stdin.readline())
here = tuple(map(ip_network, ("127.0.0.0/8", "::1/128")))
egress = EgressGuard(EgressPolicy.OWN_NETWORK, here)
transfer = create_transfer(told["kind"], told["settings"], told["credentials"], egress)
def pieces(offset):
    with open(told["source"], "rb") as file:
        file.seek(offset)
        while piece := file.read(1 << 20):
            yield piece
def peak_mb():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
reading = [0.0]
def timed(folder):
    original = folder.sha256
    def sha256(self, name, size_bytes):
        started = time.perf_counter()
        found = original(self, name, size_bytes)
        reading[0] += time.perf_counter() - started
        return found
    folder.sha256 = sha256
timed(FtpFolder); timed(SftpFolder)
transfer.test()
idle = peak_mb()
started = time.perf_counter()
transfer.deliver(pieces, **told["file"])
seconds = time.perf_counter() - started
print(json.dumps({"whole": seconds, "sending": seconds - reading[0], "extra_mb": peak_mb() - idle}))
"""


def deliver(destination: Destination, source: Path, sha256: str) -> dict[str, float]:
    file = {"name": f"{uuid4().hex}.bin", "size_bytes": source.stat().st_size, "sha256": sha256, "delivery_id": "one"}
    done = subprocess.run(
        [sys.executable, "-c", OURS],
        input=destination.order(source, **file),
        check=True,
        capture_output=True,
        text=True,
    )
    destination.empty()
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def write_source(path: Path, mib: int) -> str:
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(1 << 20))
    return subprocess.run(["sha256sum", str(path)], check=True, capture_output=True, text=True).stdout.split()[0]


def seconds_of(command: list[str], stdin: str = "") -> float:
    started = time.perf_counter()
    subprocess.run(command, input=stdin, check=True, capture_output=True, text=True)
    return time.perf_counter() - started


def compare(
    name: str, destination: Destination, folder: Path, floor: Callable[[Path], float], least: tuple[float, float]
) -> None:
    source = folder / "artifact"
    sha256 = write_source(source, MIB)
    ours: list[dict[str, float]] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(floor(source))
        destination.empty()
        ours.append(deliver(destination, source, sha256))
    floor_seconds = statistics.median(theirs)
    sending, whole = (statistics.median(one[key] for one in ours) for key in ("sending", "whole"))
    show(
        f"{name}, {MIB} MiB: theirs {MIB / floor_seconds:.0f} MiB/s, ours sending {MIB / sending:.0f} "
        f"({floor_seconds / sending:.0%}), with reading back {MIB / whole:.0f} ({floor_seconds / whole:.0%}), "
        f"extra memory {max(one['extra_mb'] for one in ours):.0f} MB"
    )
    assert floor_seconds / sending >= least[0]
    assert floor_seconds / whole >= least[1]
    assert max(one["extra_mb"] for one in ours) <= MAX_EXTRA_MB
    large = deliver(destination, source, write_source(source, LARGE_MIB))
    show(f"{name}, {LARGE_MIB} MiB: extra memory {large['extra_mb']:.0f} MB")
    assert large["extra_mb"] <= MAX_EXTRA_MB


@pytest.mark.timeout(600)
def test_sftp_keeps_up_with_openssh(tmp_path: Path) -> None:
    with open_ssh() as server:

        def openssh(source: Path) -> float:
            known = tmp_path / "known_hosts"
            key = (server.home / "host_ed25519.pub").read_text()
            known.write_text(f"[127.0.0.1]:{server.port} {key}")
            return seconds_of(
                [
                    *("sftp", "-q", "-b", "-", "-P", str(server.port), "-i", str(server.home / "user")),
                    *("-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", "-F", "/dev/null"),
                    f"{server.username}@127.0.0.1",
                ],
                f"put {source} {server.folder}/theirs.bin\n",
            )

        compare("SFTP", sftp_destination(server), tmp_path, openssh, (MIN_SFTP, MIN_SFTP_READ_BACK))


@pytest.mark.timeout(600)
def test_ftps_keeps_up_with_curl(tmp_path: Path) -> None:
    (tmp_path / "ftp").mkdir()
    with ftp_servers(tmp_path / "ftp") as servers:
        authority = tmp_path / "authority.pem"
        authority.write_text(servers.tls.authority)

        def curl(source: Path) -> float:
            return seconds_of(
                [
                    *("curl", "-sS", "--ssl-reqd", "--ftp-skip-pasv-ip", "--cacert", str(authority)),
                    *("-u", f"partner:{PASSWORD}", "-T", str(source)),
                    f"ftp://localhost:{servers.ports['ftps']}/theirs.bin",
                ]
            )

        compare("FTPS", servers.destination("ftps"), tmp_path, curl, (MIN_FTPS, 0.0))
