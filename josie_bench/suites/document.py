"""A YAML file as a tree whose values know their places, refused before it can do harm; and complaints about it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from josie_bench.errors import SuiteError

# What a file says of itself in its first key, by its kind; and what it is used with.
SCHEMAS = {"suite": "josie-bench/suite.v1", "recipe": "josie-bench/train.v1"}
COMMANDS = {"suite": "run", "recipe": "train"}
# The lock of a thousand cases has some 700 kB and 75 000 values.
MOST_BYTES = 2**21
MOST_NODES = 100_000
MOST_DEPTH = 20  # a list in a matrix of a case lies 7 deep
MOST_DIGITS = 400  # of a whole number; a float ends at 309
LONG_NUMBER = re.compile(rf"[-+]?[0-9_]{{{MOST_DIGITS + 1},}}", re.ASCII)
# What pydantic's error types mean to somebody who wrote a suite.
WORDS = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not known here: remove it",
    "int_type": "is no whole number: write one such as 20",
    "int_from_float": "is no whole number: write one such as 20",
    "float_type": "is no number: write one such as 0.5",
    "string_type": "is no text: quote it",
    "tuple_type": "is no list: write one such as [audio, vision]",
    "too_short": "is empty: write at least one",
    "model_type": "is no mapping: write key: value below it",
    "model_attributes_type": "is no mapping: write key: value below it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was written.

    Attributes:
        path: the file, or the option of the command line.
        line: 1-based, or None on the command line.
    """

    path: Path
    line: int | None

    @property
    def folder(self) -> Path:
        """What paths written here are relative to: the file's folder, or where the user is."""
        return Path() if self.line is None else self.path.parent

    def error(self, what: str) -> SuiteError:
        """Return the complaint that `what` is wrong here."""
        return SuiteError(what, path=self.path, line=self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A value and where it was written."""

    value: Any
    at: Place


def is_recipe(path: Path) -> bool:
    """Return whether a file says of itself that it is a recipe; what cannot be read is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(rf"^schema:[ \"']*{SCHEMAS['recipe']}\b", text, re.MULTILINE) is not None


def read_document(path: Path, kind: str = "suite") -> tuple[CommentedMap, str]:
    """Return the mapping in `path`, which knows its line numbers, and the file's text.

    Args:
        path: the file.
        kind: what it must be, one of `SCHEMAS`.

    Raises:
        SuiteError: the file is missing, a folder, too large, not UTF-8, not YAML, not a mapping or of another kind.
    """
    text = _read_text(path, kind)
    try:
        harm = _find_harm(text)
        document = None if harm else _reader().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        line = mark.line + 1 if mark else None
        raise SuiteError(f"not YAML: {what}: mend the line or quote the value", path=path, line=line) from error
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SuiteError(f"not YAML: {first}", path=path, line=1) from error
    except TypeError as error:  # ruamel's own, without a line
        raise SuiteError("a key is a mapping or a list: name it by a word", path=path, line=1) from error
    if harm is not None:
        raise SuiteError(harm[0], path=path, line=harm[1])
    if not isinstance(document, CommentedMap):
        raise SuiteError(f"not a {kind}: begin with schema: {SCHEMAS[kind]}", path=path, line=1)
    for other, schema in SCHEMAS.items():
        if other != kind and document.get("schema") == schema:
            told = f"is a {other}, no {kind}: use it with: josie-bench {COMMANDS[other]} {path}"
            raise SuiteError(told, path=path, line=line_of(document, "schema"))
    return document, text


def read_value(text: str, at: Place) -> Placed:
    """Return a value that is written as YAML outside of a file.

    Raises:
        SuiteError: it cannot be read.
    """
    try:
        harm = _find_harm(text)
        value = None if harm else YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise at.error("the value cannot be read as YAML: quote it") from error
    if harm is not None:
        raise at.error(harm[0])
    return Placed(value=plain(value), at=at)


def _reader() -> YAML:
    """Return a reader that keeps lines; an anchor may be given again, as YAML has it."""
    reader = YAML()
    reader.composer.warn_double_anchors = False
    return reader


def _read_text(path: Path, kind: str) -> str:
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise SuiteError("is a folder: name a .yaml file in it", path=path) from error
    except OSError as error:
        raise SuiteError(f"cannot be read: {error.strerror}: give a {kind}'s name or path", path=path) from error
    if len(data) > MOST_BYTES:
        raise SuiteError(f"{len(data)} bytes are no {kind}: at most {MOST_BYTES} are read", path=path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SuiteError("not UTF-8: save the file as UTF-8", path=path, line=line) from error


def _find_harm(text: str) -> tuple[str, int] | None:
    """Return what of a text must not be read, and its line: first by its events, which cost nothing to stop at."""
    depth = nodes = 0
    for event in YAML().parse(text):
        line = event.start_mark.line + 1
        nodes += isinstance(event, NodeEvent)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MOST_DEPTH:
            return f"is nested over {MOST_DEPTH} deep: write it flatter", line
        if nodes > MOST_NODES:
            return f"holds over {MOST_NODES} values: write fewer", line
        if isinstance(event, ScalarEvent) and not _is_text(event.value):
            return "a text holds NUL or half a surrogate pair: remove it", line
        if isinstance(event, ScalarEvent) and not event.style and LONG_NUMBER.fullmatch(event.value):
            return f"a number has over {MOST_DIGITS} digits: write a smaller one, or quote it", line
    root = _reader().compose(text)
    return None if root is None else _find_bomb(root)


def _is_text(value: str) -> bool:
    """Return whether files and file names can hold this string."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _find_bomb(root: Node) -> tuple[str, int] | None:
    """Return where a tree would grow beyond all measure once its aliases are followed."""
    measured: dict[int, tuple[int, int]] = {}  # values and levels
    above: set[int] = set()

    def find(node: Node) -> tuple[str, int] | None:
        line = node.start_mark.line + 1
        if id(node) in above:
            return "an alias contains itself: write it out", line
        if id(node) not in measured:
            above.add(id(node))
            children = _children(node)
            for child in children:
                if (found := find(child)) is not None:
                    return found
            above.remove(id(node))
            inner = [measured[id(child)] for child in children]
            measured[id(node)] = 1 + sum(size for size, _ in inner), 1 + max((levels for _, levels in inner), default=0)
        size, levels = measured[id(node)]
        if size > MOST_NODES:
            return f"its aliases expand to over {MOST_NODES} values: write fewer", line
        return (f"its aliases nest over {MOST_DEPTH} deep: write it flatter", line) if levels > MOST_DEPTH else None

    return find(root)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def line_of(node: Mapping[Any, Any] | Sequence[Any], key: object) -> int:
    """Return the 1-based line of `key`, or a place in a list, in what was read from a file, or of that itself."""
    if not isinstance(node, (CommentedMap, CommentedSeq)):
        return 1
    place = (node.lc.data or {}).get(key)
    return int(place[0] if place else node.lc.line or 0) + 1


def places_of(mapping: object, path: Path) -> dict[str, Place]:
    """Return the place of each key of a mapping that was read from a file; none of what is no mapping."""
    if not isinstance(mapping, CommentedMap):
        return {}
    return {str(key): Place(path=path, line=line_of(mapping, key)) for key in mapping}


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


def complaint(error: ValidationError, places: Mapping[str, Place], otherwise: Place) -> SuiteError:
    """Return the first thing a validation found wrong, at the place of its key.

    Args:
        error: what pydantic found.
        places: by key, dotted for nested ones.
        otherwise: the place of a key that was not written.
    """
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"] if not isinstance(part, int) and part != "[key]"]
    dotted = ".".join(parts)
    around = (".".join(parts[:end]) for end in range(len(parts), 0, -1))  # what is missing has no place of its own
    place = next((places[name] for name in around if name in places), otherwise)
    message = WORDS.get(first["type"], first["msg"].removeprefix("Value error, ").replace("Input should be", "must be"))
    if first["type"] in WORDS and first["type"] != "missing":
        message = f"{plain(first['input'])!r} {message}"
    return place.error(f"{dotted}: {message}" if dotted else message)


def plain(value: Any) -> Any:
    """Return a value without the reader's own types, so that it can be compared, hashed and written."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
