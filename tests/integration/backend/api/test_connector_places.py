"""A connector with a limit of sessions: who finds none is told, and others are not held up."""

import httpx
import pytest

from backend.persistence.models.connector import Connector
from backend.services import source_access
from backend.services.connectors.faults import SourceBusy
from backend.services.source_places import SourcePlaces
from tests.factories.installation import Installation
from tests.factories.rows import Rows


async def test_people_are_told_and_a_connector_without_a_limit_never_waits(
    api: httpx.AsyncClient,
    rows: Rows,
    connector: Connector,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source_access, "PERSON_PATIENCE_SECONDS", 0.0)
    limited = await rows.connector({**connector.settings, "max_sessions": 1}, credentials=connector.credentials)
    places = SourcePlaces(installation.database)
    query = {"query": "select trade_id from trades"}
    path = f"/api/v1/connectors/{limited.id}"
    async with places.taken(limited, 0):
        for busy in (await api.get(f"{path}/schemas"), await api.post(f"{path}/preview", json=query)):
            assert (busy.status_code, busy.json()["code"]) == (503, "source_busy")
            assert "in use (1)" in busy.json()["detail"]
        with pytest.raises(SourceBusy):
            async with places.taken(limited, 0):
                pass
        free = await api.post(f"/api/v1/connectors/{connector.id}/preview", json=query)
        assert free.status_code == 200
    assert (await api.post(f"{path}/preview", json=query)).status_code == 200
