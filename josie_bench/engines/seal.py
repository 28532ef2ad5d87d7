"""The store's seal: which engines were built here. An engine is code that runs with its user's rights.

Each store keeps a secret in `store.key`; a manifest carries an HMAC over all that it says, made with it. An engine that
came from elsewhere has no seal or another one. The secret's file is its owner's alone, as an SSH key is: one that a
clone or an archive of somebody else's store brought along, readable by others, is not used.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from josie_bench.engines.lock import alone
from josie_bench.errors import EngineError, OutputError

KEY_FILE = "store.key"
KEY_BYTES = 32


def make_seal(root: Path, content: Mapping[str, Any]) -> str:
    """Return the seal (hex) that the store at `root` puts on `content`; its first use makes the store's secret.

    Raises:
        EngineError: the store's secret cannot be used.
        OutputError: it cannot be written.
    """
    return _seal(read_key(root) or _make_key(root), content)


def is_sealed(root: Path, content: Mapping[str, Any], seal: str) -> bool:
    """Return whether the store at `root` put `seal` on `content`.

    Raises:
        EngineError: the store's secret cannot be used.
    """
    key = read_key(root)
    return key is not None and hmac.compare_digest(_seal(key, content).encode(), seal.encode())


def read_key(root: Path) -> bytes | None:
    """Return the secret of the store at `root`, or None if it has none yet.

    Raises:
        EngineError: it cannot be read, is open to others, or is none.
    """
    file = root / KEY_FILE
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read(2 * KEY_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EngineError(f"{file}: cannot read the store's secret: {error.strerror}") from error
    if mode & 0o077:
        raise EngineError(
            f"{file}: open to others, so it proves nothing: chmod 600 if you made it, else delete it and these engines"
        )
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise EngineError(f"{file}: not a store's secret: delete it, and the engines are built anew")
    return key


def _seal(key: bytes, content: Mapping[str, Any]) -> str:
    return hmac.new(key, json.dumps(content, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _make_key(root: Path) -> bytes:
    """Make the store's secret, unless another process just did; it appears whole."""
    with alone(root, KEY_FILE):
        known = read_key(root)
        if known is not None:
            return known
        key = secrets.token_bytes(KEY_BYTES)
        try:
            with tempfile.NamedTemporaryFile("w", prefix=".building-", dir=root, delete=False) as stream:  # mode 0600
                try:
                    stream.write(key.hex())
                    stream.flush()
                    os.fsync(stream.fileno())
                    Path(stream.name).rename(root / KEY_FILE)
                except BaseException:
                    Path(stream.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise OutputError(f"{root / KEY_FILE}: cannot write the store's secret: {error.strerror}") from error
        return key
