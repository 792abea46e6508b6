"""The embedded servers are real, ask for their credentials and keep what they are given."""

import io

import psycopg
import pytest
import redis
from minio import Minio
from minio.error import S3Error
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.services.servers import PostgresServer, RedisAddress, S3Address, TestDatabase


def test_postgresql_is_18_and_refuses_a_wrong_password(postgres_server: PostgresServer):
    with psycopg.connect(postgres_server.superuser_url) as connection:
        assert connection.execute("show server_version_num").fetchone()[0].startswith("18")
        assert connection.execute("show timezone").fetchone() == ("UTC",)
        assert connection.execute(
            "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"
        ).fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{postgres_server.port}/postgres")


def test_redis_refuses_the_unknown_and_evicts_nothing(redis_server: RedisAddress):
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.info("server")["redis_version"].startswith("6.2")
    with (
        redis.Redis(
            host="127.0.0.1", retry=Retry(NoBackoff(), 0), port=int(redis_server.url.rsplit(":", 1)[1].split("/")[0])
        ) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_s3_keeps_objects_and_refuses_a_wrong_key(s3_server: S3Address):
    client = Minio(
        s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        secure=False,
    )
    client.make_bucket("embedded-services")
    client.put_object("embedded-services", "a/b.txt", io.BytesIO(b"content"), 7)
    with client.get_object("embedded-services", "a/b.txt") as answer:
        assert answer.read() == b"content"
    stranger = Minio(
        s3_server.endpoint, access_key=s3_server.access_key, secret_key="wrong", region=s3_server.region, secure=False
    )
    with pytest.raises(S3Error):
        stranger.bucket_exists("embedded-services")


def test_a_fresh_database_has_the_three_roles_and_nothing_for_the_public(database: TestDatabase):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("create table mine (id int)")
        owner.commit()
        roles = dict(
            owner.execute("select rolname, rolbypassrls from pg_roles where rolname like 'openreg%'").fetchall()
        )
        assert roles == {"openreg_owner": False, "openreg_app": False, "openreg_system": False}
    for url in (database.app_url, database.system_url):
        with psycopg.connect(url) as reader:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("select * from mine")
            reader.rollback()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("create table theirs (id int)")


async def test_fixtures_work_inside_a_running_event_loop(request: pytest.FixtureRequest):
    database = request.getfixturevalue("database")
    assert database.app_url.startswith("postgresql://openreg_app:")
