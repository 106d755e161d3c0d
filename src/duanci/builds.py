"""The index directory: which build is in force, who writes, which builds are kept.

`index/CURRENT` names the build in force, `index/builds/<id>/` holds each build, and a name that
begins with a dot is a build that is being written. One process writes at a time: it holds a lock
on `index/.lock`, which the system lets go of when the process ends, however it ends.
"""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from duanci.errors import BuildError, DamagedBuild, DuanciError, IndexBusy, IndexMissing
from duanci.manifest import MEND

_LOCK, _HOLDER = ".lock", ".holder.json"


def current_id(index: Path) -> str:
    """Return the id of the build in force.

    :raises IndexMissing: nothing has been built yet.
    """
    current = index / "CURRENT"
    try:
        return current.read_text("utf-8").strip()
    except FileNotFoundError as exc:
        raise IndexMissing(f"no index in {index} ({current} does not exist); {MEND} first") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise BuildError(f"{current} cannot be read ({exc}); check its permissions") from exc


def folder_of(index: Path, build_id: str) -> Path:
    """Return the folder of a build.

    :raises DamagedBuild: the name is none that a build can have.
    """
    if not build_id or build_id.startswith(".") or "/" in build_id or "\\" in build_id:
        raise DamagedBuild(f"{index / 'CURRENT'} names {build_id!r}, expected a build; {MEND}")
    return index / "builds" / build_id


def list_builds(index: Path) -> list[str]:
    """List the ids of the finished builds, oldest first."""
    try:
        found = [path.name for path in (index / "builds").iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if not name.startswith("."))


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Hold the index for writing; what an earlier writer left half done is removed.

    :raises IndexBusy: another process holds it; the message tells which.
    :raises BuildError: the directory cannot be written.
    """
    lock = FileLock(index / _LOCK, timeout=0)
    try:
        (index / "builds").mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as exc:
        raise IndexBusy(
            f"{index} is being written by {_holder(index)}; wait until it is done, or end it"
        ) from exc
    except OSError as exc:
        raise cannot_write(index, exc) from exc
    try:
        _clear(index)
        _tell_holder(index)
        yield
    except OSError as exc:
        raise cannot_write(index, exc) from exc
    finally:
        (index / _HOLDER).unlink(missing_ok=True)
        lock.release()


@contextmanager
def new_build(index: Path, digest: str) -> Iterator[tuple[Path, str, str]]:
    """Give a folder to write a build in; it is removed again if it was not put in force.

    :param digest: hexadecimal, of what goes into the build.
    :return: the folder, the build's id, and the time that it tells, ISO 8601 in UTC.
    """
    now = datetime.now(UTC)
    build_id = f"{now:%Y%m%dT%H%M%S%fZ}-{digest[:8]}"
    part = index / "builds" / f".{build_id}.part"
    part.mkdir()
    try:
        yield part, build_id, now.isoformat(timespec="seconds")
    finally:
        shutil.rmtree(part, ignore_errors=True)


def put_in_force(index: Path, part: Path, build_id: str, kept: int) -> None:
    """Give a written build its name, put it in force by one rename, and drop old builds.

    :param kept: how many builds to keep beside it.
    """
    sync(part)
    part.rename(folder_of(index, build_id))
    _sync_folder(index / "builds")
    point_to(index, build_id)
    others = [name for name in list_builds(index) if name != build_id]
    for name in others[: max(len(others) - kept, 0)]:
        _remove(index / "builds" / name)


def point_to(index: Path, build_id: str) -> None:
    """Put a build in force: one rename."""
    part = index / f".CURRENT.{build_id}"
    with part.open("w", encoding="utf-8") as file:
        file.write(build_id + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(index / "CURRENT")
    _sync_folder(index)


def roll_back(index: Path) -> str:
    """Put the build before the one in force back in force; return its id.

    :raises BuildError: there is none.
    """
    with writing(index):
        current = current_id(index)
        before = [name for name in list_builds(index) if name < current]
        if not before:
            raise BuildError(
                f"{index} has no build before {current}, expected one to return to; "
                f"mend the reports and {MEND}"
            )
        point_to(index, before[-1])
        return before[-1]


def sync(folder: Path) -> None:
    """Have the disk keep all files of a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def cannot_write(index: Path, exc: OSError) -> DuanciError:
    """Return what to tell when the index cannot be written."""
    return BuildError(
        f"cannot write the index {index}: {exc.strerror or exc}; the earlier build stays in "
        "force; free the disk or name another folder with --index"
    )


def _clear(index: Path) -> None:
    """Remove what a writer that was killed has left."""
    for path in [*(index / "builds").glob(".*"), *index.glob(".CURRENT.*")]:
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a build; first its name, so that nobody opens half of it."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith("."):
        path = path.rename(path.with_name(f".{path.name}.old"))
    shutil.rmtree(path, ignore_errors=True)


def _tell_holder(index: Path) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now}
    (index / _HOLDER).write_text(json.dumps(holder), "utf-8")


def _holder(index: Path) -> str:
    try:
        holder = json.loads((index / _HOLDER).read_text("utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
