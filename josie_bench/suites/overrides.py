"""`--set KEY=VALUE`: settings that the command line gives, which win over all that a suite says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place, read_value
from josie_bench.suites.entry import RawCase
from josie_bench.suites.settings import setting_names

MOST_LETTERS = 200  # of an override that a complaint quotes


def apply_overrides(cases: Sequence[RawCase], overrides: Sequence[str]) -> tuple[RawCase, ...]:
    """Return the cases with `KEY=VALUE` overrides: they win over defaults, a case's own values and its matrix.

    KEY is a setting (`windows`, `stream.speech`; `defaults.` before it is allowed) or `cases.NAME.SETTING`.

    Raises:
        UsageError: an override cannot be read, or names a setting or case there is not.
    """
    changed = list(cases)
    for override in overrides:
        place = f"--set {override if len(override) <= MOST_LETTERS else override[:MOST_LETTERS] + '…'}"
        owner, key, text = _parse(override, {case.name for case in cases}, place)
        mark = read_value(text, Place(path=Path(place), line=None))
        changed = [
            replace(case, overrides={**case.overrides, key: mark}) if owner in (None, case.name) else case
            for case in changed
        ]
    return tuple(changed)


def _parse(override: str, names: Collection[str], place: str) -> tuple[str | None, str, str]:
    """Return the case that an override is about (None: all), its setting and its value as written."""
    # The cases of a lock bear ids, in which there are dots and equals signs.
    owner = max((name for name in names if override.startswith(f"cases.{name}.")), key=len, default=None)
    rest = override.removeprefix("defaults." if owner is None else f"cases.{owner}.")
    key, equals, text = rest.partition("=")
    setting = key.strip()
    if not equals or not setting:
        raise UsageError(f"{place}: write --set KEY=VALUE, for example --set windows=20")
    if setting.startswith("cases."):
        name = setting.removeprefix("cases.").partition(".")[0]
        raise UsageError(f"{place}: {unknown_name('case', name, names)}")
    if setting not in setting_names():
        raise UsageError(f"{place}: {unknown_name('setting', setting, setting_names())}")
    return owner, setting, text
