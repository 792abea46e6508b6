"""Folders of this machine: only those the operator has opened."""

from pathlib import Path

import pytest

from backend.services.transfer import faults
from tests.factories.delivered_files import NAME, PART, deliver
from tests.services.destinations import Destination, folder_destination


@pytest.fixture
def destination(tmp_path: Path) -> Destination:
    return folder_destination(tmp_path / "opened")


def test_without_the_setting_no_folder_is_written_to(destination: Destination):
    closed = Destination("folder", destination.settings, {}, destination.place)
    with pytest.raises(faults.DestinationFolderRefused) as refused:
        deliver(closed.transfer())
    assert "DELIVERY_FOLDER_ROOTS" in (refused.value.fix or "")
    assert destination.names() == []


@pytest.mark.parametrize("path", ["/etc", "{opened}/../elsewhere", "{opened}/link", "{opened}-beside"])
def test_a_folder_elsewhere_is_refused(destination: Destination, tmp_path: Path, path: str):
    for name in ("elsewhere", "opened-beside"):
        (tmp_path / name).mkdir()
    (tmp_path / "opened" / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(faults.DestinationFolderRefused):
        deliver(destination.transfer(folder=path.format(opened=tmp_path / "opened")))
    with pytest.raises(faults.DestinationFolderRefused), destination.inbox() as inbox:
        inbox.list_files(str(tmp_path / "elsewhere"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", [NAME, PART])
def test_a_link_in_the_place_of_a_file_is_not_followed(destination: Destination, tmp_path: Path, name: str):
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    (destination.place / name).symlink_to(target)
    with pytest.raises(faults.FileNameTaken):
        deliver(destination.transfer())
    assert target.read_bytes() == b"untouched"


def test_a_folder_that_is_not_there_is_told(destination: Destination):
    test = destination.transfer(folder=f"{destination.place}/gone").test()
    assert (test.steps[-1].name, test.steps[-1].ok) == ("folder", False)
    with pytest.raises(faults.DestinationFolderMissing):
        deliver(destination.transfer(folder=f"{destination.place}/gone"))
