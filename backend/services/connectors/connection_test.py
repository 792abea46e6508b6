"""A connection test: steps in their order, up to the first that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from backend.services.connectors.base import ConnectorTest, StepListener, TestStep, failed_step
from backend.services.connectors.faults import ConnectorError, SourcePermissionDenied
from backend.services.connectors.server_settings import ServerSettings

TEST_STEPS: Final = ("dns", "tcp", "tls", "sign_in", "permission")
TUNNEL_STEPS: Final = ("dns", "tunnel", *TEST_STEPS[1:])


def steps_to(settings: ServerSettings) -> tuple[str, ...]:
    """The steps on the way to a server."""
    return TEST_STEPS if settings.tunnel is None else TUNNEL_STEPS


def step_by_step(walk: Iterator[str], tell: StepListener, names: Sequence[str] = TEST_STEPS) -> ConnectorTest:
    """Make the steps of a walk, which gives what each found and raises ConnectorError at the first that fails."""
    done: list[TestStep] = []

    def note(step: TestStep) -> None:
        done.append(step)
        tell(step)

    try:
        for number, message in enumerate(walk):
            note(TestStep(names[number], ok=True, message=message))
    except ConnectorError as error:
        note(failed_step(names[len(done)], error))
    return ConnectorTest(tuple(done))


def readable(user: object, count: object) -> str:
    """What the last step found. Raises SourcePermissionDenied for nothing."""
    if not count:
        raise SourcePermissionDenied(
            f"The user {user} may not read a single table.",
            fix="Ask the database administrator for USAGE on the schema and SELECT on its tables.",
        )
    return f"{count} tables and views can be read."
