"""What several processes counted, as one: each leaves a snapshot of its counters in a folder that another reads.

The processes of a worker are forked, and end and come anew. A snapshot of one that has ended still counts, so a sum
never falls while the worker lives (ADR 0014).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from backend.core.metrics import REGISTRY
from backend.core.metrics.exposition import Reading, Readings

_Labels = tuple[tuple[str, str], ...]


class _Family(TypedDict):
    name: str
    help: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


def leave_snapshot(folder: Path, readings: Sequence[Reading] = ()) -> None:
    """Replace this process' snapshot: a reader sees the old one or the new one."""
    families: list[_Family] = [
        {
            "name": family.name,
            "help": family.documentation,
            "type": family.type,
            "samples": [(one.name, one.labels, one.value) for one in family.samples],
        }
        for family in (*REGISTRY.collect(), *Readings(readings).collect())
        if family.samples
    ]
    unfinished = folder / f"{os.getpid()}.unfinished"
    unfinished.write_text(json.dumps(families), "utf-8")
    unfinished.replace(folder / f"{os.getpid()}.json")


class Snapshots(Collector):
    """The sums over all snapshots of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Every family that some process has left; gauges are added up as well, as those of pools must be."""
        families: dict[str, Metric] = {}
        sums: dict[str, dict[tuple[str, _Labels], float]] = {}
        for path in sorted(self._folder.glob("*.json")):
            for left in json.loads(path.read_text("utf-8")):
                name = left["name"]
                families.setdefault(name, Metric(name, left["help"], left["type"]))
                into = sums.setdefault(name, {})
                for sample, labels, value in left["samples"]:
                    key = (sample, tuple(sorted(labels.items())))
                    into[key] = into.get(key, 0.0) + value
        for name, family in families.items():
            for (sample, labels), value in sums[name].items():
                family.add_sample(sample, dict(labels), value)
        return families.values()


def forget_readings(folder: Path, process_id: int) -> None:
    """A process has ended: what it held is held no more, what it counted still counts."""
    path = folder / f"{process_id}.json"
    if path.exists():
        left = [one for one in json.loads(path.read_text("utf-8")) if one["type"] != "gauge"]
        path.write_text(json.dumps(left), "utf-8")
