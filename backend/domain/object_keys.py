"""Where things lie in the bucket: every key begins with its tenant, but those of a check that is removed at once."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

DOCTOR_PREFIX: Final = "openreg-doctor/"
_OF_A_RUN: Final = re.compile(r"tenants/[0-9a-f-]{36}/runs/([0-9a-f-]{36})/")


def run_prefix(tenant: UUID, run_id: UUID) -> str:
    """The folder of a run."""
    return f"tenants/{tenant}/runs/{run_id}"


def find_run(key: str) -> UUID | None:
    """The run an object belongs to, None when it belongs to none."""
    match = _OF_A_RUN.match(key)
    return UUID(match[1]) if match else None


def input_key(run: str, attempt: int) -> str:
    """The extracted rows of an attempt at a run; ``run`` is its folder."""
    return f"{run}/input/{attempt}.parquet"


def further_inputs_prefix(run: str, attempt: int) -> str:
    """The folder of what an attempt extracted besides, or made its input of."""
    return f"{run}/inputs/{attempt}/"


def further_input_key(run: str, attempt: int, name: str) -> str:
    """The rows of an input of the report, by its name."""
    return f"{further_inputs_prefix(run, attempt)}{name}.parquet"


def tails_prefix(run: str) -> str:
    """The folder of bytes that wait, at a checkpoint, to become part of an upload."""
    return f"{run}/tails/"


def findings_key(run: str, row_group: int) -> str:
    """All findings of a row group."""
    return f"{run}/findings/{row_group:06d}.parquet"


def artifact_key(run: str, output_number: int, file_number: int, name: str) -> str:
    """A produced file."""
    return f"{run}/artifacts/{output_number}-{file_number}/{name}"


def schema_package_key(tenant: UUID, sha256: str) -> str:
    """An installed schema package."""
    return f"tenants/{tenant}/schema-packages/{sha256}.zip"
