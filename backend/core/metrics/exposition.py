"""Metrics as Prometheus reads them, and who may read them."""

from __future__ import annotations

import hmac
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.metrics import REGISTRY

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
#: A proxy writes them: the caller is somewhere else than the connection says.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


class MetricsRefused(OpenRegError):
    """Metrics are read with the token of METRICS_TOKEN, or from the same machine where there is none."""

    code: ClassVar[str] = "metrics_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that is read when somebody asks, by its labels."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def exposition(readings: Sequence[Reading] = (), *, counted: Collector = REGISTRY) -> bytes:
    """What this process counted (or others, given), what is read now, and what the system says of the process."""
    registry = CollectorRegistry()
    registry.register(counted)
    registry.register(Readings(readings))
    if sys.platform == "linux":
        ProcessCollector(registry=registry)
    return generate_latest(registry)


def check_reader(token: str | None, client: str | None, headers: Mapping[str, str]) -> None:
    """Raises MetricsRefused. ``headers`` by their names in small letters."""
    if token is not None:
        given = headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise MetricsRefused(fix="Send `Authorization: Bearer` with the value of METRICS_TOKEN.")
        return
    if not _is_here(client) or any(name in headers for name in _FORWARDED):
        raise MetricsRefused(fix="Set METRICS_TOKEN, and let Prometheus send it.")


class Readings(Collector):
    """Values that were read now, one family for each name."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        """As Prometheus has them."""
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._readings:
            labels = sorted(one.labels)
            family = families.setdefault(one.name, GaugeMetricFamily(one.name, one.help, labels=labels))
            family.add_metric([one.labels[label] for label in labels], one.value)
        return families.values()


def _is_here(client: str | None) -> bool:
    try:
        return client is not None and ip_address(client).is_loopback
    except ValueError:
        return False
