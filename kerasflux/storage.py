"""A manifest and named arrays on disk: atomic, checksummed, without pickle.

A zip file, or a folder of the same files:

    manifest.json      {"format": "kerasflux", "version": 1, "sha256": ..., "manifest": {...},
                        "arrays": {"network/000": {"file": "arrays/00000.npy", "sha256": ...}, ...}}
    arrays/00000.npy   NumPy's own format, one array each

What is written appears at once or not at all; until then the old file stands. What is read is
checked: every byte of the manifest and of the arrays lies under a SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from kerasflux.allowed import short
from kerasflux.errors import StorageError
from scitypes.errors import nearest

FORMAT = "kerasflux"
VERSION = 1
_MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time in the zip: equal contents are equal bytes


def write(
    path: str | os.PathLike[str], manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a manifest and arrays, replacing what was written there before.

    Args:
        path: a file; a folder where it ends with a slash or is one.
        manifest: anything that JSON keeps as it is (string keys; no NaN).
        arrays: arrays by name, of any dtype but object.

    Raises:
        StorageError: no such place, contents that can't be written, or a folder that holds
            something else. What stood at `path` still stands.

    >>> import tempfile
    >>> place = tempfile.mkdtemp() + "/net.kflux"
    >>> write(place, {"epoch": 3}, {"kernel": np.eye(2)})
    >>> manifest, arrays = read(place)
    >>> manifest, arrays["kernel"].tolist()
    ({'epoch': 3}, [[1.0, 0.0], [0.0, 1.0]])
    """
    target = Path(os.path.realpath(path))
    members = _members(manifest, arrays)
    as_folder = os.fspath(path).endswith(("/", os.sep)) or target.is_dir()
    if not target.parent.is_dir():
        raise StorageError(
            f"{path} can't be written: its folder does not exist.",
            remedy=f"create {target.parent} first",
            path=str(path),
        )
    try:
        _write_folder(target, members) if as_folder else _write_file(target, members)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error}.", path=str(path)) from error


def make_folder(folder: Path, called: str, instead: str) -> None:
    """Make a folder if there is none, and try whether it can be written to.

    Args:
        folder: where.
        called: what it is, in words.
        instead: what to do where a file is in its place.

    Raises:
        StorageError: it can't be made, or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"kerasflux")
    except OSError as error:
        is_file = folder.is_file()
        raise StorageError(
            f"{called} {folder} can't be written to: {'it is a file' if is_file else error}.",
            expected="a folder that this process may make, and write files in",
            received="a file" if is_file else type(error).__name__,
            remedy=instead if is_file else "Look at its permissions, or give another folder.",
            path=str(folder),
        ) from error


def sweep(path: str | os.PathLike[str]) -> None:
    """Remove what a process that was killed while it wrote a file left beside that file."""
    target = Path(os.path.realpath(path))
    for left in target.parent.glob(f".{target.name}.{'[0-9a-f]' * 12}.tmp"):
        if left.is_file():
            left.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write` wrote: the manifest, and the arrays by name.

    Raises:
        StorageError: nothing there, truncated, damaged, of another program or of a newer format.
    """
    with _opened(Path(path)) as member:
        envelope = _envelope(path, member(_MANIFEST))
        arrays = {
            name: _array(path, name, member(entry["file"]), entry["sha256"])
            for name, entry in envelope["arrays"].items()
        }
    return envelope["manifest"], arrays


# writing


def _members(manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    """Every file's name and contents, the manifest last."""
    members, index = {}, {}
    for i, (name, array) in enumerate(arrays.items()):
        file, content = f"arrays/{i:05d}.npy", _npy(name, np.asarray(array))
        members[file] = content
        index[name] = {"file": file, "sha256": _digest(content)}
    envelope = {"format": FORMAT, "version": VERSION, "arrays": index, "manifest": dict(manifest)}
    _refuse_other_keys(envelope, "")
    envelope["sha256"] = _digest(_json(envelope))
    members[_MANIFEST] = _json(envelope)
    return members


def _npy(name: str, array: np.ndarray) -> bytes:
    if array.dtype.hasobject or array.dtype.kind == "V":
        raise StorageError(
            f"The array {name!r} can't be written.",
            expected="numbers, booleans, strings or times",
            received=f"dtype {array.dtype}",
            name=name,
        )
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=False, allow_nan=False, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise StorageError(f"The manifest can't be written as JSON: {error}.") from error


def _refuse_other_keys(value: Any, path: str) -> None:
    """JSON would turn keys that are no strings into strings, without a word."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise StorageError(
                    f"The manifest can't be written: {path or 'it'} has the key {short(key)}.",
                    expected="string keys",
                    received=type(key).__name__,
                )
            _refuse_other_keys(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_other_keys(inner, path)


def _write_file(target: Path, members: Mapping[str, bytes]) -> None:
    temporary = _beside(target)
    try:
        with open(temporary, "xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name, content in members.items():
                    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        _settle(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_folder(target: Path, members: Mapping[str, bytes]) -> None:
    if target.exists() and not _is_ours(target):
        raise StorageError(
            f"{target} can't be written: it is a {'folder' if target.is_dir() else 'file'} that "
            "holds something else.",
            expected="a new name, an empty folder or one that was saved before",
            path=str(target),
        )
    temporary, old = _beside(target), _beside(target)
    try:
        for name, content in members.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            (temporary / name).write_bytes(content)
        if target.exists():
            target.rename(old)
        try:
            temporary.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Let a rename outlast a power cut, where folders can be written out (not on Windows)."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(opened)
    except OSError:
        return  # a file system that can't: the rename is done, if not settled
    finally:
        os.close(opened)


def _is_ours(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    names = {entry.name for entry in folder.iterdir()}
    return not names or (_MANIFEST in names and names <= {_MANIFEST, "arrays"})


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.tmp")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# reading


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A function from a member's name to its bytes; a context, as the zip file stays open."""
    if path.is_dir():
        yield lambda name: _from_folder(path, name)
        return
    if not path.exists():
        raise _absent(path)
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _no_zip(path) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    with archive:
        yield lambda name: _from_zip(path, archive, name)


def _absent(path: Path) -> StorageError:
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    folder = "folder" if path.parent.is_dir() else "folder (which does not exist)"
    return StorageError(
        f"There is no file {path}.",
        expected="the path of what `mach.save(path)` wrote",
        received=f"{path.name!r} in the {folder} {path.parent.resolve()}",
        remedy=nearest(path.name, beside) or "Give the whole path, or save the machine first.",
        path=str(path),
    )


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} can't be read: {error}.",
        expected="a file that may be read",
        received=type(error).__name__,
        remedy="Look at its permissions, and whether its disk is there.",
        path=str(path),
    )


def _no_zip(path: Path) -> StorageError:
    with open(path, "rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04" or not start:
        return _damaged(path, "it is cut short" if start else "it is empty")
    return _foreign(path, f"a file that starts with {start!r}")


def _from_zip(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError as error:
        raise _lost(path, name, archive.namelist()) from error
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, str(error).rstrip(".")) from error


def _from_folder(path: Path, name: str) -> bytes:
    try:
        return (path / name).read_bytes()
    except FileNotFoundError as error:
        raise _lost(path, name, [entry.name for entry in path.iterdir()]) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _lost(path: Path, name: str, names: list[str]) -> StorageError:
    if name == _MANIFEST:
        return _foreign(path, f"without {_MANIFEST}, holding {short(', '.join(names))}")
    return _damaged(path, f"{name} is missing")


def _envelope(path: str | os.PathLike[str], content: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(content)
    except ValueError as error:
        raise _damaged(path, f"{_MANIFEST} is no JSON") from error
    if not isinstance(envelope, dict) or envelope.get("format") != FORMAT:
        raise _foreign(path, f"with a {_MANIFEST} of another program")
    version = envelope.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise StorageError(
            f"{path} was written by a newer version of kerasflux.",
            expected=f"format version {VERSION} or older",
            received=f"format version {version}",
            remedy="upgrade kerasflux",
            path=str(path),
        )
    checksum = envelope.pop("sha256", None)
    if checksum != _digest(_json(envelope)):
        raise _damaged(path, f"{_MANIFEST} has another checksum than when it was written")
    return envelope


def _array(path: str | os.PathLike[str], name: str, content: bytes, checksum: str) -> np.ndarray:
    if _digest(content) != checksum:
        raise _damaged(path, f"the array {name!r} has another checksum than when it was written")
    array: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def _damaged(path: str | os.PathLike[str], how: str) -> StorageError:
    return StorageError(
        f"{path} is damaged: {how}.",
        expected="a file as it was saved",
        remedy="save it again, or copy it again from where it is whole",
        path=str(path),
    )


def _foreign(path: str | os.PathLike[str], received: str) -> StorageError:
    return StorageError(
        f"{path} was not saved by kerasflux.",
        expected=f"a zip file or folder with kerasflux' {_MANIFEST}",
        received=received,
        remedy="Give what `mach.save(path)` wrote; what `mach.export` wrote is loaded by "
        "`tensorflow.saved_model.load`.",
        path=str(path),
        foreign=True,
    )
