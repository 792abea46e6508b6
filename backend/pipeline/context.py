"""What a step is given: the plan, the ports, and a meter of where time and rows go."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from backend.domain.runs import RunStep
from backend.pipeline.plan import RunPlan
from backend.pipeline.ports import ArtifactStore, Journal, RowSource, StepProgress


class StepMeter:
    """Seconds and rows per step, added up over threads and drained at each checkpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: defaultdict[RunStep, float] = defaultdict(float)
        self._rows: defaultdict[RunStep, int] = defaultdict(int)

    @contextmanager
    def timed(self, step: RunStep, rows: int = 0) -> Iterator[None]:
        """Count the time of the block, and its rows, for a step."""
        started = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._seconds[step] += time.perf_counter() - started
                self._rows[step] += rows

    def drain(self) -> tuple[StepProgress, ...]:
        """What was counted since the last drain."""
        with self._lock:
            taken = tuple(StepProgress(step, self._rows[step], seconds) for step, seconds in self._seconds.items())
            self._seconds.clear()
            self._rows.clear()
        return taken


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything a step may use. ``attempt`` is the fencing token: what two attempts write is kept apart by it."""

    plan: RunPlan
    source: RowSource
    store: ArtifactStore
    journal: Journal
    attempt: int
    inputs: Mapping[str, RowSource] = field(default_factory=lambda: MappingProxyType({}))
    meter: StepMeter = field(default_factory=StepMeter)
