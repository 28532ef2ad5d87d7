"""Facts of a machine, however deep they lie, as rows of plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._words import ABSENT


def fact_table(facts: Mapping[str, object]) -> Table:
    """Return nested facts as rows of a name and a value."""
    return table_of(("fact", "value"), _facts(facts, ""))


def _facts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield the leaves of `value`; a list of plain values is one leaf."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _facts(item, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        for place, item in enumerate(value, start=1):
            yield from _facts(item, f"{name} {place}".strip())
    else:
        yield name, _fact_words(value)


def _fact_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], ()):
        return ABSENT
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
