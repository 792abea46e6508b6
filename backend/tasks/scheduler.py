"""The scheduler of the sweeps, which goes on when its clock is set back."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's waits until the time of the last sweep has come again, hours later, and remembers it over a restart."""

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due; seconds until something is again."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at > now:
                entry.last_run_at = now
                self._heap = None  # made anew from the entries
        return float(super().tick(*args, **options))
