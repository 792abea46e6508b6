"""An operator's command on an embedded installation: servers for the length of it, and another's keys."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import psycopg
import pytest

from backend.embedded.errors import DataFolderCorrupt, DataFolderEmpty
from backend.embedded.folder import DataFolder, write_document
from backend.embedded.operation import adopt_keys, adopt_people, operated
from backend.embedded.secrets import InstallationSecrets
from tests.services.platform_run import alive


def test_servers_run_for_the_block_with_the_data_of_the_folder(services_folder: Path) -> None:
    folder = DataFolder(services_folder / "operated")
    for turn in range(2):
        with operated(folder, may_create=turn == 0) as environment:
            owner = environment["DATABASE_OWNER_URL"]
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute("create table if not exists kept (turn int)")
                assert connection.execute("select count(*) from kept").fetchone() == (turn,)
                connection.execute("insert into kept values (1)")
                postmaster = connection.info.backend_pid
            assert environment["MINIO_ENDPOINT"].startswith("127.0.0.1:")
        assert not alive([postmaster])
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(owner, connect_timeout=1)


def test_a_folder_without_an_installation_is_not_made_one_by_looking_at_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "mistyped")
    with pytest.raises(DataFolderEmpty, match="mistyped"), operated(folder):
        raise AssertionError
    assert not folder.path.exists()


def test_keys_are_added_and_people_remembered(tmp_path: Path) -> None:
    theirs = replace(
        InstallationSecrets.generate(), administrator_email="a@bank.example", author_email="b@bank.example"
    )
    kept = tmp_path / "kept.json"
    write_document(kept, asdict(theirs))
    folder = DataFolder(tmp_path / "data")
    folder.path.mkdir()
    ours = InstallationSecrets.generate()
    write_document(folder.secrets_file, asdict(ours))
    adopt_keys(folder, kept)
    adopt_keys(folder, kept)
    adopt_people(folder, kept)
    now = json.loads(folder.secrets_file.read_text())
    assert now["encryption_key"] == f"{theirs.encryption_key},{ours.encryption_key}"
    assert now["administrator_email"] == "a@bank.example"
    assert now["administrator_password"] == theirs.administrator_password
    assert (now["postgresql_owner"], now["installation_id"]) == (ours.postgresql_owner, ours.installation_id)
    kept.write_text("{}")
    with pytest.raises(DataFolderCorrupt, match=r"kept\.json"):
        adopt_keys(folder, kept)
