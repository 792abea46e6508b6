"""The same rows from another kind of source become the same file."""

from pydantic import SecretStr

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.services.connectors.base import Credentials
from tests.harness.installation import Installation
from tests.services.mariadb import DATABASE, READER, MariadbSource
from tests.services.source_database import READER_PASSWORD, SourceDatabase

QUERY = """
select id, trade_date, price, note, cast(null as char(4)) as nothing, 'ÄÖ €😀, "quoted"' as odd
  from trades where trade_date >= :reporting_date - interval '1000' day order by id
"""
CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}
FIELDS = {name: name for name in ("id", "trade_date", "price", "note", "nothing", "odd")}


async def content_of(installation: Installation, kind: str, port: int, database: str, username: str) -> bytes:
    """What becomes of the rows of a source."""
    connector = await installation.connectors.create(
        name=f"{kind} source",
        kind=kind,
        settings={"host": "127.0.0.1", "port": port, "database": database, "ssl_mode": "disable"},
        credentials=Credentials(username=username, password=SecretStr(READER_PASSWORD)),
    )
    source = {"connector_id": str(connector.id), "query": QUERY}
    run = (
        await installation.run(await installation.add_report({"source": source, "fields": FIELDS, "outputs": [CSV]}))
    ).run
    assert run.state == RunState.SUCCEEDED, run.reason
    (file,) = await installation.runs.artifacts(RunId(run.id))
    return installation.content(file)


async def test_the_same_rows_from_mariadb_and_postgresql_become_the_same_file(
    installation: Installation, postgresql: SourceDatabase, mariadb: MariadbSource
):
    one = await content_of(installation, "postgresql", postgresql.port, postgresql.database, postgresql.reader)
    other = await content_of(installation, "mysql", mariadb.port, DATABASE, READER)
    assert one == other
    assert len(one.splitlines()) == 1001


async def test_a_value_that_the_server_bends_in_mid_stream_leaves_no_file(
    installation: Installation, mariadb: MariadbSource
):
    connector = await installation.connectors.create(
        name="bending source",
        kind="mysql",
        settings={"host": "127.0.0.1", "port": mariadb.port, "database": DATABASE, "ssl_mode": "disable"},
        credentials=Credentials(username=READER, password=SecretStr(READER_PASSWORD)),
    )
    query = "select id, cast(if(id = 999, 'MUELLER', '1') as signed) as amount from trades order by id"
    source = {"connector_id": str(connector.id), "query": query}
    fields = {"id": "id", "amount": "amount"}
    run = (
        await installation.run(await installation.add_report({"source": source, "fields": fields, "outputs": [CSV]}))
    ).run
    assert run.state == RunState.FAILED
    assert run.reason is not None
    assert run.reason["code"] == "query_failed"
    assert "MUELLER" not in str(run.reason)
    assert await installation.runs.artifacts(RunId(run.id)) == []
