"""A YAML file as a tree with line numbers, refused before it can do harm; and complaints about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from josie_bench.errors import SuiteError

MOST_BYTES = 2**20
MOST_NODES = 10_000
# What pydantic's error types mean to somebody who wrote a suite.
WORDS = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not known here: remove it",
    "int_type": "is no whole number: write one such as 20",
    "int_from_float": "is no whole number: write one such as 20",
    "float_type": "is no number: write one such as 0.5",
    "string_type": "is no text: quote it",
    "tuple_type": "is no list: write one such as [audio, vision]",
    "model_type": "is no mapping: write key: value below it",
    "model_attributes_type": "is no mapping: write key: value below it",
}


def read_document(path: Path) -> tuple[CommentedMap, str]:
    """Return the mapping in `path`, which knows its line numbers, and the file's text.

    Raises:
        SuiteError: the file is missing, a folder, too large, not UTF-8, not YAML or not a mapping.
    """
    text = _read_text(path)
    try:
        _refuse_bomb(YAML().compose(text), path)
        document = YAML().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        line = mark.line + 1 if mark else None
        raise SuiteError(f"not YAML: {what}: mend the line or quote the value", path=path, line=line) from error
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SuiteError(f"not YAML: {first}", path=path, line=1) from error
    if not isinstance(document, CommentedMap):
        raise SuiteError("not a suite: begin with schema: josie-bench/suite.v1", path=path, line=1)
    return document, text


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise SuiteError("is a folder: name a .yaml file in it", path=path) from error
    except OSError as error:
        raise SuiteError(f"cannot be read: {error.strerror}: give a suite's name or path", path=path) from error
    if len(data) > MOST_BYTES:
        raise SuiteError(f"{len(data)} bytes are no suite: at most {MOST_BYTES} are read", path=path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SuiteError("not UTF-8: save the file as UTF-8", path=path, line=line) from error


def _refuse_bomb(root: Node | None, path: Path) -> None:
    """Refuse a tree that would grow beyond all measure once its aliases are followed."""
    sizes: dict[int, int] = {}

    def size(node: Node, above: frozenset[int]) -> int:
        if id(node) in above:
            raise SuiteError("an alias contains itself: write it out", path=path, line=node.start_mark.line + 1)
        if id(node) not in sizes:
            inner = above | {id(node)}
            sizes[id(node)] = 1 + sum(size(child, inner) for child in _children(node))
        if sizes[id(node)] > MOST_NODES:
            line = node.start_mark.line + 1
            raise SuiteError(f"its aliases expand to over {MOST_NODES} values: write fewer", path=path, line=line)
        return sizes[id(node)]

    if root is not None:
        size(root, frozenset())


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def line_of(mapping: Mapping[Any, Any], key: object) -> int:
    """Return the 1-based line of `key` in a mapping that was read from a file, or of the mapping itself."""
    if not isinstance(mapping, CommentedMap):
        return 1
    place = (mapping.lc.data or {}).get(key)
    return int(place[0] if place else mapping.lc.line or 0) + 1


def refuse_unknown(
    mapping: Mapping[Any, Any], known: Iterable[str], path: Path, kind: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Refuse a key that is not known, with the near one.

    Args:
        mapping: what was written.
        known: the keys it may have.
        path: the file, for the complaint.
        kind: what a key is called in the complaint.
        renamed: how a key is written → how the schema calls it.

    Raises:
        SuiteError: a key is not known.
    """
    hidden = set((renamed or {}).values())
    names = sorted({*(renamed or {}), *(name for name in known if name not in hidden)})
    for key in mapping:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
            raise SuiteError(f"unknown {kind} {str(key)!r}: {hint}", path=path, line=line_of(mapping, key))


def complaint(error: ValidationError, lines: Mapping[str, int], path: Path) -> SuiteError:
    """Return the first thing a validation found wrong, at the line of its key.

    Args:
        error: what pydantic found.
        lines: key (dotted for nested ones) → line; `""` is used where the key has none.
        path: the file.
    """
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"] if not isinstance(part, int)]
    dotted = ".".join(parts)
    line = lines.get(dotted) or lines.get(parts[0] if parts else "") or lines.get("")
    message = WORDS.get(first["type"], first["msg"].removeprefix("Value error, ").replace("Input should be", "must be"))
    if first["type"] in WORDS and first["type"] != "missing":
        message = f"{first['input']!r} {message}"
    return SuiteError(f"{dotted}: {message}" if dotted else message, path=path, line=line or 1)


def plain(value: Any) -> Any:
    """Return a value without the reader's own types, so that it can be compared, hashed and written."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
