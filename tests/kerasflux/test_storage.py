import io
import json
import os
import stat
import zipfile

import numpy as np
import pytest

from kerasflux import storage
from kerasflux.errors import StorageError

MANIFEST = {"epoch": 3, "names": ["a", None, 1.5], "nested": {"ü": True}}
ARRAYS = {
    "network/000": np.arange(6, dtype="float32").reshape(2, 3),
    "seeds/dropout": np.array([1, 2], dtype="uint32"),
    "scalar": np.array(7),
    "names": np.array(["a", "bc"]),
    "nan": np.array([np.nan, -0.0]),
    "empty": np.empty((0, 4)),
    "transposed": np.arange(6).reshape(2, 3).T,
}


@pytest.fixture(params=["net.kflux", "net/"])
def place(request, tmp_path):
    return f"{tmp_path}/{request.param}"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.kflux"
    storage.write(path, MANIFEST, ARRAYS)
    return path


def rewritten(file, **changes):
    """The zip file with other contents for some members; None drops one."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members.update(changes)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)


def test_what_was_written_is_read_bit_for_bit(place):
    storage.write(place, MANIFEST, ARRAYS)
    manifest, arrays = storage.read(place)
    assert manifest == MANIFEST
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


def test_arrays_that_were_read_can_be_written_to(file):
    _, arrays = storage.read(file)
    arrays["network/000"][0, 0] = 5


def test_a_name_without_slash_is_a_file_and_one_with_it_a_folder(tmp_path):
    storage.write(tmp_path / "a", {}, {})
    storage.write(f"{tmp_path}/b/", {}, {})
    assert (tmp_path / "a").is_file()
    assert (tmp_path / "b").is_dir()


def test_writing_again_replaces_file_and_folder(place):
    storage.write(place, MANIFEST, ARRAYS)
    storage.write(place, {"epoch": 4}, {})
    assert storage.read(place) == ({"epoch": 4}, {})


def test_equal_contents_are_equal_bytes(tmp_path):
    storage.write(tmp_path / "a", MANIFEST, ARRAYS)
    storage.write(tmp_path / "b", MANIFEST, ARRAYS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_is_left_beside_what_was_written(place, tmp_path):
    storage.write(place, MANIFEST, ARRAYS)
    storage.write(place, MANIFEST, ARRAYS)
    assert len(os.listdir(tmp_path)) == 1


def no_space(*args):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stage", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_file_that_stood_there(file, tmp_path, monkeypatch, stage):
    monkeypatch.setattr(os, stage, no_space)
    with pytest.raises(StorageError, match="No space left"):
        storage.write(file, {"epoch": 4}, {})
    assert storage.read(file)[0] == MANIFEST
    assert os.listdir(tmp_path) == [file.name]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_write_that_fails_leaves_the_folder_that_stood_there(tmp_path, monkeypatch, failing):
    place = f"{tmp_path}/net/"
    storage.write(place, MANIFEST, ARRAYS)
    renames = []

    def rename(self, target):  # the first sets the old folder aside, the second brings the new one
        renames.append(target)
        return no_space() if len(renames) == failing else os.rename(self, target)

    monkeypatch.setattr(storage.Path, "rename", rename)
    with pytest.raises(StorageError, match="No space left"):
        storage.write(place, {"epoch": 4}, {})
    assert storage.read(place)[0] == MANIFEST
    assert os.listdir(tmp_path) == ["net"]


def test_an_interrupted_write_leaves_what_stood_there(file, tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        storage.write(file, {}, {})
    assert storage.read(file)[0] == MANIFEST
    assert os.listdir(tmp_path) == [file.name]


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    for path in (tmp_path / "thesis", f"{tmp_path}/thesis/"):
        with pytest.raises(StorageError, match="holds something else"):
            storage.write(path, {}, {})
    (tmp_path / "notes").write_text("x")
    with pytest.raises(StorageError, match="holds something else"):
        storage.write(f"{tmp_path}/notes/", {}, {})
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


def test_an_empty_folder_is_written_into(tmp_path):
    (tmp_path / "new").mkdir()
    storage.write(tmp_path / "new", MANIFEST, ARRAYS)
    assert storage.read(tmp_path / "new")[0] == MANIFEST


def test_a_missing_parent_folder_is_named(tmp_path):
    with pytest.raises(StorageError, match="folder does not exist"):
        storage.write(tmp_path / "no" / "net.kflux", {}, {})


@pytest.mark.parametrize(
    "manifest", [{"x": float("nan")}, {"x": object()}, {"x": {1: 2}}, {"x": [{None: 1}]}]
)
def test_a_manifest_that_json_would_change_is_refused(tmp_path, manifest):
    with pytest.raises(StorageError, match="manifest can't be written"):
        storage.write(tmp_path / "net", manifest, {})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("array", [np.array([object()]), np.zeros(2, dtype=[("a", int)])])
def test_arrays_that_need_pickle_are_refused(tmp_path, array):
    with pytest.raises(StorageError, match="'odd' can't be written"):
        storage.write(tmp_path / "net", {}, {"odd": array})


# reading what is not whole


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError, match="There is no file"):
        storage.read(tmp_path / "absent.kflux")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_damaged(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(StorageError, match=r"is damaged: it is (cut short|empty)"):
        storage.read(file)


def test_any_flipped_bit_of_the_contents_is_noticed(file):
    content = bytearray(file.read_bytes())
    for at in range(0, len(content), 97):
        flipped = bytearray(content)
        flipped[at] ^= 1
        file.write_bytes(flipped)
        try:
            manifest, arrays = storage.read(file)
        except StorageError:
            continue
        assert manifest == MANIFEST  # a bit of the zip's own book-keeping that nothing reads
        assert all(arrays[n].tobytes() == a.tobytes() for n, a in ARRAYS.items())


@pytest.mark.parametrize("content", [b"epoch,loss\n1,2\n", b"\x89HDF\r\n\x1a\n", b"\x80\x04K\x01."])
def test_a_file_of_another_program_is_foreign(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(StorageError, match="was not saved by kerasflux"):
        storage.read(tmp_path / "other")


def test_a_zip_or_folder_of_another_program_is_foreign(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(StorageError, match="was not saved by kerasflux") as caught:
        storage.read(tmp_path / "net.keras")
    assert "config.json" in caught.value.received
    with pytest.raises(StorageError, match="was not saved by kerasflux"):
        storage.read(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": "other"}')
    with pytest.raises(StorageError, match="was not saved by kerasflux"):
        storage.read(tmp_path / "other.zip")


def test_a_newer_format_says_to_upgrade(file):
    with zipfile.ZipFile(file) as archive:
        envelope = json.loads(archive.read("manifest.json"))
    rewritten(file, **{"manifest.json": json.dumps({**envelope, "version": 99})})
    with pytest.raises(StorageError, match="newer version") as caught:
        storage.read(file)
    assert caught.value.remedy == "upgrade kerasflux"


def test_changed_contents_have_another_checksum(file):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((2, 3), "float32"))
    rewritten(file, **{"arrays/00000.npy": buffer.getvalue()})
    with pytest.raises(StorageError, match="'network/000' has another checksum"):
        storage.read(file)


def test_a_changed_manifest_has_another_checksum(file):
    with zipfile.ZipFile(file) as archive:
        envelope = json.loads(archive.read("manifest.json"))
    envelope["manifest"]["epoch"] = 4
    rewritten(file, **{"manifest.json": json.dumps(envelope)})
    with pytest.raises(StorageError, match="another checksum"):
        storage.read(file)
    rewritten(file, **{"manifest.json": "{"})
    with pytest.raises(StorageError, match="no JSON"):
        storage.read(file)


def test_a_lost_array_is_named(file, tmp_path):
    rewritten(file, **{"arrays/00001.npy": None})
    with pytest.raises(StorageError, match=r"arrays/00001\.npy is missing"):
        storage.read(file)
    storage.write(f"{tmp_path}/folder/", MANIFEST, ARRAYS)
    (tmp_path / "folder" / "arrays" / "00002.npy").unlink()
    with pytest.raises(StorageError, match=r"arrays/00002\.npy is missing"):
        storage.read(tmp_path / "folder")


def test_a_file_and_the_folder_that_names_it_are_settled_on_disk(tmp_path, monkeypatch):
    """The contents before the rename, the rename after it: a power cut finds one or the other."""
    events, fsync, replace = [], os.fsync, os.replace

    def settling(opened):
        events.append("folder" if stat.S_ISDIR(os.fstat(opened).st_mode) else "file")
        fsync(opened)

    def renaming(*names):
        events.append("rename")
        replace(*names)

    monkeypatch.setattr(os, "fsync", settling)
    monkeypatch.setattr(os, "replace", renaming)
    storage.write(tmp_path / "net.kflux", MANIFEST, ARRAYS)
    assert events == ["file", "rename", "folder"]


def test_a_folder_that_can_not_be_settled_is_no_failure(tmp_path, monkeypatch):
    fsync = os.fsync

    def settling(opened):
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError("not on this file system")
        fsync(opened)

    monkeypatch.setattr(os, "fsync", settling)
    storage.write(tmp_path / "net.kflux", MANIFEST, ARRAYS)
    assert storage.read(tmp_path / "net.kflux")[0] == MANIFEST


def test_what_a_killed_process_left_is_swept_away(file, tmp_path):
    left = tmp_path / ".net.kflux.0123456789ab.tmp"
    others = [tmp_path / ".net.kflux.tmp", tmp_path / ".other.kflux.0123456789ab.tmp"]
    for path in (left, *others):
        path.write_text("half")
    storage.sweep(file)
    assert not left.exists()
    assert all(path.exists() for path in (file, *others))
