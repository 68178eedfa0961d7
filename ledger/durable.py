"""Atomic, durable files: whole or absent, on disk when the call returns, readable by their owner alone (0600)."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def read_or_create(path: Path, made: bytes) -> bytes:
    """The file's content; creates it with ``made`` if it is missing. If several processes race, one creates it and all
    read the same content.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    making = _written(path, made)
    with contextlib.suppress(FileExistsError):
        os.link(making, path)  # fails where a rename would overwrite another process's file
    making.unlink()
    sync_folder(path.parent)
    return path.read_bytes()


def create_files(files: Mapping[Path, bytes]) -> None:
    """Create new files in one folder. Not atomic: no other process may look for them before this returns."""
    descriptors = []
    try:
        for path, content in files.items():
            descriptors.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.write(descriptors[-1], content)
        for descriptor in descriptors:
            os.fsync(descriptor)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    for folder in {path.parent for path in files}:
        sync_folder(folder)


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file's content atomically, or create the file."""
    _written(path, content).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's directory entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(path: Path, content: bytes) -> Path:
    making = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return making
