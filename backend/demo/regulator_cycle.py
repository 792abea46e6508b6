"""The way back: the regulator's answers arrive, what it rejected is corrected and told again, until it is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from backend.core.ids import new_id
from backend.demo.narration import Narrator
from backend.demo.outcome import Check
from backend.demo.platform_client import Answer, PlatformClient
from backend.demo.regulator import REJECTED
from backend.demo.run_watch import watch_run
from backend.demo.waiting import waited

_RUN_SECONDS: Final = 300.0
#: Of what is pending at first one record is rejected in the end.
_REJECTED_LATER: Final = 1
_SETTLED: Final = frozenset({"accepted", "partially_accepted", "rejected", "corrected"})


class RegulatorCycle:
    """Follows the submission of a run through the regulator's answers to its end."""

    def __init__(self, platform: PlatformClient, narrator: Narrator) -> None:
        self._platform = platform
        self._narrator = narrator

    def close(self, run_id: str) -> tuple[dict[str, Any], list[Check]]:
        """Until the correction is accepted; the submissions as they are then, and what was verified."""
        self._narrator.stage("Waiting for the regulator's status advices")
        original = self._settled(run_id)
        wanted = REJECTED + _REJECTED_LATER
        checks = [_rejected(original, wanted)]
        exceptions = self._exceptions(run_id, wanted)
        checks.append(_explained(exceptions, wanted))
        if not all(check.is_ok for check in checks):
            return _document(original, None), checks
        self._narrator.stage(f"Correcting {wanted} rejected records and telling them again: cancelled, then new")
        correction = self._corrected(exceptions)
        final = self._submission(run_id)
        states = self._states(exceptions)
        checks += [
            Check("correction", correction is not None and correction["state"] == "accepted", _told(correction)),
            Check("original after its correction", final["state"] == "corrected", str(final["state"])),
            Check("exceptions of rejected records", states == ["resolved"] * wanted, ", ".join(states)),
        ]
        return _document(final, correction), checks

    def _submission(self, run_id: str) -> Answer:
        items: list[Answer] = self._platform.get(f"/submissions?run_id={run_id}")["items"]
        return items[0] if items else {"state": "missing", "counts": {}}

    def _settled(self, run_id: str) -> Answer:
        def every_record_judged() -> Answer | None:
            found = self._submission(run_id)
            counts: Mapping[str, int] = found["counts"]
            is_judged = found["state"] in _SETTLED and not counts["pending"] and not counts["unconfirmed"]
            return found if is_judged else None

        return waited(every_record_judged) or self._submission(run_id)

    def _exceptions(self, run_id: str, wanted: int) -> list[Answer]:
        path = f"/exceptions?origin=feedback&run_id={run_id}"

        def all_there() -> list[Answer] | None:
            items: list[Answer] = self._platform.get(path)["items"]
            return items if len(items) >= wanted else None

        return waited(all_there) or list(self._platform.get(path)["items"])

    def _corrected(self, exceptions: Sequence[Answer]) -> Answer | None:
        """The settled submission of the correction."""
        self._platform.post(
            "/exceptions/amend",
            {
                "items": _chosen(exceptions),
                "changes": [{"frame": "source", "column": "quantity", "expression": "quantity + 1"}],
                "reason": "The quantity was booked wrongly; corrected after the regulator's answer.",
            },
        )
        resubmitted = self._platform.post(
            "/exceptions/resubmit",
            {"items": _chosen([self._platform.get(f"/exceptions/{one['id']}") for one in exceptions])},
            headers={"Idempotency-Key": str(new_id())},
        )
        run_id = str(resubmitted["items"][0]["run_id"])
        watch_run(self._platform, run_id, lambda _event: None, _RUN_SECONDS)
        return self._settled(run_id)

    def _states(self, exceptions: Sequence[Answer]) -> list[str]:
        def all_closed() -> list[str] | None:
            states = [str(self._platform.get(f"/exceptions/{one['id']}")["state"]) for one in exceptions]
            return states if set(states) == {"resolved"} else None

        return waited(all_closed) or [
            str(self._platform.get(f"/exceptions/{one['id']}")["state"]) for one in exceptions
        ]


def _chosen(exceptions: Sequence[Answer]) -> list[dict[str, Any]]:
    return [{"id": one["id"], "revision": one["revision"]} for one in exceptions]


def _rejected(original: Answer, wanted: int) -> Check:
    counts = original["counts"]
    is_ok = original["state"] == "partially_accepted" and counts["rejected"] == wanted and not counts["pending"]
    return Check("the regulator's answer", is_ok, _told(original))


def _explained(exceptions: Sequence[Answer], wanted: int) -> Check:
    """Each rejected record is an exception that names the regulator's rule."""
    rules = sorted(str(one["rule_id"]) for one in exceptions)
    return Check("rejected records in the queue", len(rules) == wanted and all(rules), ", ".join(rules))


def _told(submission: Answer | None) -> str:
    if submission is None:
        return "there is none"
    counts = ", ".join(f"{count:,} {name}" for name, count in submission["counts"].items())
    return f"{submission['state']}: {counts}"


def _document(original: Answer, correction: Answer | None) -> dict[str, Any]:
    """``state`` is that of the newest submission of the chain: what became of it all."""
    return {
        "state": original["state"] if correction is None else correction["state"],
        "original": _shown(original),
        "correction": None if correction is None else _shown(correction),
    }


def _shown(submission: Answer) -> dict[str, Any]:
    return {name: submission.get(name) for name in ("id", "reference", "kind", "state", "counts")}
