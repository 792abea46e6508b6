"""From a plan to a running pipeline: the run's own folder and the schema sets are made here, once per attempt."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from backend.core.errors import OpenRegError
from backend.pipeline.context import RunContext
from backend.pipeline.output_schemas import OutputSchemas
from backend.pipeline.plan import Resumption, RunPlan
from backend.pipeline.run import ReportPipeline
from backend.pipeline.steps.store import UPLOAD_SPOILT


def execute_plan(context: RunContext, scratch: Path) -> None:
    """Run what is left of a run. Raises what ends it; ``LeaseLost`` when somebody else goes on with it."""
    plan = context.plan
    schemas = OutputSchemas.of_plan(plan)
    folder = scratch / f"{plan.run_id}-{context.attempt}"
    for left in scratch.glob(f"{plan.run_id}-*"):
        shutil.rmtree(left, ignore_errors=True)  # by an attempt that was killed on this machine
    folder.mkdir(mode=0o700, parents=True)
    try:
        try:
            ReportPipeline(context, folder, schemas).execute()
        except OpenRegError as error:
            if error.code not in UPLOAD_SPOILT or plan.resumption.stored_input is None:
                raise
            # The store has forgotten the parts of earlier attempts, or holds others; the input is still there.
            for output in plan.resumption.outputs:
                context.store.abort_upload(output.object_key, output.upload_id)
            context.journal.restart_produce()
            ReportPipeline(replace(context, plan=_from_input(plan)), folder, schemas).execute()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _from_input(plan: RunPlan) -> RunPlan:
    return replace(plan, resumption=Resumption(plan.resumption.stored_input, plan.resumption.inputs))
