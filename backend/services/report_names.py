"""A report's document with names instead of identifiers: of connectors, destinations and schema packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.reports.routes import routes_written_out
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.services.transferred_schemas import with_package_hashes


async def document_with_names(session: AsyncSession, tenant: TenantId, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it leaves the installation."""
    inputs = document.get("inputs") or {}
    used = [document["source"]["connector_id"], *(one["connector_id"] for one in inputs.values())]
    connectors = await ConnectorRepository(session, tenant).names(used)
    routes = routes_written_out(document["deliver_to"])
    goes_to = [one["destination_id"] for one in routes]
    destinations = await DestinationRepository(session, tenant).names(goes_to)
    named = {"inputs": {name: _with_name(one, connectors) for name, one in inputs.items()}} if inputs else {}
    return {
        **document,
        **named,
        "source": _with_name(document["source"], connectors),
        "outputs": await with_package_hashes(session, tenant, document["outputs"]),
        "deliver_to": [_route_with_name(one, destinations) for one in routes],
    }


def _with_name(part: Mapping[str, Any], connectors: Mapping[str, str]) -> dict[str, Any]:
    """A source or input with its connector's name instead of its identifier."""
    rest = {name: value for name, value in part.items() if name != "connector_id"}
    return {"connector": connectors.get(part["connector_id"]), **rest}


def _route_with_name(route: Mapping[str, Any], destinations: Mapping[str, str]) -> dict[str, Any]:
    identity = str(route["destination_id"])
    rest = {name: value for name, value in route.items() if name != "destination_id"}
    return {"destination": destinations.get(identity, identity), **rest}
