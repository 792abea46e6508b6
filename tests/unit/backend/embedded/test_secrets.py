"""Secrets are made once, stay the same, and their loss is never taken for a first start."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from backend.core.crypto import check_fernet_key, key_id
from backend.embedded.errors import DataFolderCorrupt
from backend.embedded.folder import DataFolder
from backend.embedded.secrets import (
    InstallationSecrets,
    add_encryption_key,
    forget_encryption_keys,
    open_secrets,
    record_people,
)


def test_a_first_start_makes_them_and_a_second_reads_the_same(tmp_path: Path):
    folder = DataFolder(tmp_path)
    made = open_secrets(folder, has_data=False)
    assert open_secrets(folder, has_data=True) == made
    assert folder.secrets_file.stat().st_mode & 0o777 == 0o600
    known = record_people(folder, made, administrator="a@b.test", author="b@b.test", approver="c@b.test")
    assert open_secrets(folder, has_data=True) == known
    assert (known.administrator_email, known.author_email, known.approver_email) == ("a@b.test", "b@b.test", "c@b.test")


def test_an_installation_from_before_the_demos_people_is_given_passwords_for_them_and_keeps_the_rest(tmp_path: Path):
    folder = DataFolder(tmp_path)
    made = open_secrets(folder, has_data=False)
    older = {name: value for name, value in asdict(made).items() if not name.startswith(("author", "approver"))}
    folder.secrets_file.write_text(json.dumps(older | {"administrator_email": "a@b.test"}))
    opened = open_secrets(folder, has_data=True)
    assert opened.postgresql_owner == made.postgresql_owner
    assert (opened.administrator_email, opened.author_email) == ("a@b.test", "")
    assert opened.author_password != opened.approver_password
    assert len(opened.author_password) >= 16
    assert open_secrets(folder, has_data=True) == opened


def test_they_are_what_the_settings_demand_and_never_twice_the_same():
    one, other = InstallationSecrets.generate(), InstallationSecrets.generate()
    check_fernet_key(one.encryption_key)
    assert len(one.secret_key) >= 32
    assert len(one.administrator_password) >= 16
    values = [*one.hidden, *other.hidden]
    assert len(set(values)) == len(values)
    assert one.secret_key not in repr(one)


@pytest.mark.parametrize("content", ['{"secret_key": "x"}', "{", "[]"])
def test_damage_and_loss_are_named(tmp_path: Path, content: str):
    folder = DataFolder(tmp_path)
    folder.secrets_file.write_text(content)
    with pytest.raises(DataFolderCorrupt) as refused:
        open_secrets(folder, has_data=False)
    assert "clean-data" in str(refused.value.fix)
    folder.secrets_file.unlink()
    with pytest.raises(DataFolderCorrupt, match="is missing"):
        open_secrets(folder, has_data=True)
    assert not folder.secrets_file.exists()


def test_a_value_of_another_type_is_refused(tmp_path: Path):
    folder = DataFolder(tmp_path)
    open_secrets(folder, has_data=False)
    document = json.loads(folder.secrets_file.read_text()) | {"redis": 7}
    folder.secrets_file.write_text(json.dumps(document))
    with pytest.raises(DataFolderCorrupt):
        open_secrets(folder, has_data=True)


def test_a_new_key_comes_first_and_the_former_ones_go_when_they_are_told_to(tmp_path: Path):
    folder = DataFolder(tmp_path)
    first = open_secrets(folder, has_data=False).encryption_key
    newest = add_encryption_key(folder)
    both = open_secrets(folder, has_data=True)
    made, kept = both.encryption_key.split(",")
    assert (key_id(made), kept) == (newest, first)
    assert {made, kept} <= set(both.hidden)
    assert forget_encryption_keys(folder, newest=newest) == 1
    assert open_secrets(folder, has_data=True).encryption_key == made
    assert forget_encryption_keys(folder, newest=newest) == 0
