"""Where things lie in the bucket: every key begins with its tenant, but those of a check that is removed at once."""

from __future__ import annotations

import hashlib
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


def spool_key(run: str, output_number: int, file_number: int) -> str:
    """The records of a file that can only be written as a whole; gone with the tails."""
    return f"{tails_prefix(run)}{output_number}-{file_number}.spool"


def findings_key(run: str, row_group: int) -> str:
    """All findings of a row group."""
    return f"{run}/findings/{row_group:06d}.parquet"


def decisions_key(run: str, row_group: int) -> str:
    """What was decided about the eligibility of each record of a row group."""
    return f"{run}/decisions/{row_group:06d}.parquet"


def ledger_key(run: str, row_group: int, attempt: int) -> str:
    """The written records of a row group; each attempt has names of its own, so that none replaces a committed one."""
    return f"{run}/ledger/{row_group:06d}-{attempt}.parquet"


def artifact_key(run: str, output_number: int, file_number: int, name: str) -> str:
    """A produced file."""
    return f"{run}/artifacts/{output_number}-{file_number}/{name}"


def quarantine_key(stored_input: str) -> str:
    """The rows that the source of an input put aside, beside the input."""
    return f"{stored_input.removesuffix('.parquet')}.quarantine.parquet"


def connector_prefix(tenant: UUID, connector: UUID) -> str:
    """The folder of a connector's own files."""
    return f"tenants/{tenant}/connectors/{connector}/"


def upload_key(tenant: UUID, connector: UUID, upload: UUID) -> str:
    """The bytes of an upload; they never change."""
    return f"{connector_prefix(tenant, connector)}uploads/{upload}"


def source_files_prefix(tenant: UUID, connector: UUID, table: str) -> str:
    """The folder of the labels that say which complete uploads are the files of a table."""
    return f"{connector_prefix(tenant, connector)}files/{table}/"


def source_file_key(tenant: UUID, connector: UUID, table: str, name: str) -> str:
    """The label of a file: a name has one, so that a new upload takes the place of an old one at once."""
    return f"{source_files_prefix(tenant, connector, table)}{hashlib.sha256(name.encode()).hexdigest()}.json"


def inbox_prefix(tenant: UUID) -> str:
    """Where others put files for a tenant."""
    return f"tenants/{tenant}/inbox/"


def dataset_version_key(tenant: UUID, dataset: UUID, number: int, attempt: UUID) -> str:
    """The entries of a published version; each attempt to publish it writes an object of its own."""
    return f"tenants/{tenant}/datasets/{dataset}/{number}-{attempt}.parquet"


def schema_package_key(tenant: UUID, sha256: str) -> str:
    """An installed schema package."""
    return f"tenants/{tenant}/schema-packages/{sha256}.zip"


def extract_key(tenant: UUID, reconciliation: UUID) -> str:
    """An extract that is compared with what was submitted; it never changes."""
    return f"tenants/{tenant}/reconciliations/{reconciliation}/extract"


def differences_key(tenant: UUID, reconciliation: UUID, attempt: int) -> str:
    """All differences that an attempt has found."""
    return f"tenants/{tenant}/reconciliations/{reconciliation}/differences-{attempt}.parquet"


def feedback_key(tenant: UUID, feedback: UUID) -> str:
    """A file that a regulator answered with; it never changes."""
    return f"tenants/{tenant}/feedback/{feedback}"
