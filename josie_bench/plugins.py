"""Find a member of a family (a backend, a metric, a scenario, …) by its file name or entry point."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from types import ModuleType

from josie_bench.errors import UsageError

PACKAGE = "josie_bench"
MOST_NAMES = 12  # that an error lists; a store of engines has dozens


def member_names(family: str) -> tuple[str, ...]:
    """Return the names of a family's members, sorted, without importing any of them.

    Args:
        family: the package's name below `josie_bench`, e.g. `"backends"` or `"model.components"`.
    """
    package = importlib.import_module(f"{PACKAGE}.{family}")
    files = {
        found.name
        for found in pkgutil.iter_modules(package.__path__)
        if not (found.ispkg or found.name.startswith("_"))
    }
    guests = {entry.name for entry in _guests(family)}
    return tuple(sorted(files | guests))


def find_member(family: str, name: str) -> ModuleType:
    """Import and return the member `name` of `family`.

    Raises:
        UsageError: no member has that name; the message lists the known ones and the near one.
    """
    known = member_names(family)
    if name not in known:
        raise UsageError(unknown_name(family.rpartition(".")[2].rstrip("s"), name, known))
    for entry in _guests(family):
        if entry.name == name:
            guest: ModuleType = entry.load()
            return guest
    return importlib.import_module(f"{PACKAGE}.{family}.{name}")


def _guests(family: str) -> EntryPoints:
    """Return the members of a family that other packages offer."""
    return _installed(f"{PACKAGE}.{family}", tuple(sys.path))


@cache
def _installed(group: str, _: tuple[str, ...]) -> EntryPoints:
    """Return what packages on the path offer of a group; to find out, a file of each is read: once a path is enough."""
    return entry_points(group=group)


def unknown_name(kind: str, name: str, known: Iterable[str], near: Sequence[str] = ()) -> str:
    """Say that `name` is not known, with the near name if there is one, else with those known: a line's worth.

    Args:
        kind: what it is to be the name of.
        name: as it was written.
        known: all names.
        near: those of them that the caller takes for near; if none, the one that is spelled most alike.

    >>> unknown_name("metric", "p99_latency", ["response_latency", "jitter"])
    "unknown metric 'p99_latency': did you mean 'response_latency'?"
    >>> unknown_name("backend", "zzz", ["eager", "null"])
    "unknown backend 'zzz': known are eager, null"
    >>> unknown_name("setting", "layers", ["layers.depth", "layers.temporal", "window"])
    "unknown setting 'layers': did you mean 'layers.depth' or 'layers.temporal'?"
    """
    names = sorted(known)
    inner = [known for known in names if known.startswith(f"{name}.")][:MOST_NAMES]
    near = inner or near or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"unknown {kind} {name!r}: did you mean {' or '.join(map(repr, near))}?"
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"unknown {kind} {name!r}: known are {', '.join(names[:MOST_NAMES])}{rest}"
