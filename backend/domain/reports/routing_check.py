"""What is wrong with the routes of a report, seen together with its outputs and its destinations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final
from uuid import UUID

from backend.domain.deliveries import DeliveryRole, DestinationEnvironment
from backend.domain.reports.document import OnEmpty, ReportDocument
from backend.domain.reports.outputs import Output, OutputFormat, name_pattern
from backend.domain.reports.routes import Route, RouteRecords

RoutingFault = Mapping[str, object]
#: Faults of routes that can only be told once every output can be read.
OF_OUTPUTS: Final = frozenset({"route_output_unknown", "route_matches_nothing"})


def routing_faults(document: ReportDocument, environments: Mapping[UUID, DestinationEnvironment]) -> list[RoutingFault]:
    """What cannot be meant; ``environments`` are those of the destinations that there are."""
    faults: list[RoutingFault] = []
    names = {one.name for one in document.outputs}
    for number, route in enumerate(document.deliver_to):
        pointer = f"/deliver_to/{number}"
        unknown = [one for one in route.outputs if one not in names]
        if route.destination_id not in environments:
            faults.append(_fault(pointer, "destination_not_found", "There is no such destination."))
        if unknown:
            detail = f"No file of the report has the name {unknown[0]}."
            faults.append(_fault(f"{pointer}/outputs", "route_output_unknown", detail, "Choose the files once more."))
        elif (why := _why_nothing(document, route)) is not None:
            faults.append(
                _fault(pointer, "route_matches_nothing", f"No file ever goes this way: {why}.", "Change or remove it.")
            )
    return faults + _two_environments(document, environments)


def routing_notices(document: ReportDocument) -> list[RoutingFault]:
    """What may be meant, and should be known: files that go nowhere, or that are nowhere the submission."""
    if not document.deliver_to:
        return [_fault("/deliver_to", "delivered_nowhere", "No file is sent anywhere: people download them.")]
    notices: list[RoutingFault] = []
    for number, output in enumerate(document.outputs):
        routes = [one for one in document.deliver_to if one.names(output)]
        for environment in DestinationEnvironment:
            if not any(one.runs_in(environment) for one in routes):
                where = "" if not routes else f" in runs of {environment.value}"
                detail = f"File {number + 1} is delivered nowhere{where}."
                notices.append(_fault(f"/outputs/{number}", "delivered_nowhere", detail))
                if not routes:
                    break
    if document.pack is not None and not any(one.role is DeliveryRole.SUBMISSION for one in document.deliver_to):
        detail = "Every route is a copy: somebody has to carry the files to the regulator."
        notices.append(_fault("/deliver_to", "submission_nowhere", detail))
    return notices


def _why_nothing(document: ReportDocument, route: Route) -> str | None:
    """Why a route never takes a file, None where it may."""
    outputs, when = [one for one in document.outputs if route.names(one)], route.when
    if when is None:
        return None
    if when.records is RouteRecords.NONE and document.on_empty is not OnEmpty.NIL_REPORT:
        return "the report writes no file on an empty day"
    if when.records is RouteRecords.NONE and (when.part or 1) > 1:
        return "a file without records is the only one"
    if when.part is not None and when.part > 1:
        outputs = [one for one in outputs if _has_parts(one)]
        if not outputs:
            return "its files are not split"
    pattern = when.file_name
    if pattern is not None and not any(may_both_match(name_pattern(one), pattern) for one in outputs):
        return f"no name of a file is like {pattern}"
    return None


def _two_environments(
    document: ReportDocument, environments: Mapping[UUID, DestinationEnvironment]
) -> list[RoutingFault]:
    """A submission is told either to the regulator's test system or to the real one."""
    if document.pack is None:
        return []
    for of_run in DestinationEnvironment:
        told: DestinationEnvironment | None = None
        for number, route in enumerate(document.deliver_to):
            goes_to = environments.get(route.destination_id)
            if route.role is not DeliveryRole.SUBMISSION or goes_to is None or not route.runs_in(of_run):
                continue
            if told not in (None, goes_to):
                detail = f"In runs of {of_run.value} the submission would go to {told} and to {goes_to}."
                fix = "Make one of the routes a copy, or let it take only the runs of one environment."
                return [_fault(f"/deliver_to/{number}", "submission_in_two_environments", detail, fix)]
            told = goes_to
    return []


def _has_parts(output: Output) -> bool:
    return output.is_split or output.format is OutputFormat.XLSX


def may_both_match(one: str, other: str) -> bool:
    """Whether some text is as both patterns say; in both ``*`` stands for any characters, ``?`` for one."""

    @cache
    def meet(here: int, there: int) -> bool:
        if here == len(one) or there == len(other):
            return not (one[here:] + other[there:]).strip("*")
        if one[here] == "*":
            return meet(here + 1, there) or meet(here, there + 1)
        if other[there] == "*":
            return meet(here, there + 1) or meet(here + 1, there)
        return (one[here] == other[there] or "?" in (one[here], other[there])) and meet(here + 1, there + 1)

    return meet(0, 0)


def _fault(pointer: str, code: str, detail: str, fix: str | None = None) -> RoutingFault:
    return {"pointer": pointer, "code": code, "detail": detail, **({"fix": fix} if fix else {})}
