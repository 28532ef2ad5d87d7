"""Whether two cases were measured under the same conditions, and which of them differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.probes.host import STABLE
from josie_bench.suites.settings import is_default, setting_names
from josie_bench.terms.comparison import Difference
from josie_bench.terms.machine import facts_of
from josie_bench.terms.result import CaseResult, Result

# Rounds are blocks: those that both have are compared.
NOT_CONDITIONS = ("name", "budgets", "timeout", "rounds", "audit", "gpu_memory.context", "gpu_memory.fragments")
MEDIA_OF = {"stream.speech": "audio", "stream.video": "vision", "stream.text": "text"}
ENGINES = ("backend", "precision", "components", "preset")
WORKERS = "host.workers"
BY_DIGEST = ("visits.file", "calibration.speech", "calibration.video")  # a digest of it stands beside each
OTHERS = (
    "tool",
    "datasets",
    "weights_sha256",
    "definition",
    "host.fingerprint",
    WORKERS,
    *(f"host.{name}" for name in STABLE),
)


def condition_names() -> tuple[str, ...]:
    """Return what can be declared as varied: settings, facts of the host, and what else must be equal."""
    settings = dict.fromkeys(name.partition(".")[0] for name in setting_names())
    return (*(name for name in settings if name not in NOT_CONDITIONS), "host", *OTHERS)


def check_varied(names: Sequence[str]) -> None:
    """Refuse a condition that there is not.

    Raises:
        UsageError: one is not known; it names the near one.
    """
    known = condition_names()
    for name in names:
        if name not in known and name not in setting_names() and not name.startswith("definition."):
            raise UsageError(f"--vary {name}: {unknown_name('condition', name, known)}")


def is_varied(field: str, varied: Sequence[str]) -> bool:
    """Return whether a condition was declared as varied, by its name or by one before a dot of it."""
    return any(field == name or field.startswith(f"{name}.") for name in varied)


def conditions_digest(case: CaseResult) -> str:
    """Return what tells a case from others by its settings, however often it was run; its files count by their path.

    What is left out and what is written out with its default are the same, so that a later version's settings are too.
    """
    written = {name: value for name, value in _written(case).items() if _is_condition(name)}
    settings = {name: _words(value) for name, value in written.items() if not is_default(name, value)}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _is_condition(name: str) -> bool:
    return not {name, name.partition(".")[0]} & {*NOT_CONDITIONS, *BY_DIGEST}


def differences(a: Result, case_a: CaseResult, b: Result, case_b: CaseResult) -> list[Difference]:
    """Return every condition in which two cases differ, of which none may unless it is what is compared."""
    found = [*_settings(a, case_a, b, case_b), *_subjects(a, case_a, b, case_b), *_definitions(case_a, case_b)]
    if (major_a := _major(a.run.tool)) != (major_b := _major(b.run.tool)):
        found.append(Difference(field="tool", a=major_a, b=major_b))
    return [*found, *_hosts(facts_of(a, case_a), facts_of(b, case_b)), *_workers(a, case_a, b, case_b)]


def _major(version: str) -> str:
    return version.partition(".")[0]


def _settings(a: Result, case_a: CaseResult, b: Result, case_b: CaseResult) -> Iterator[Difference]:
    """Yield settings that differ; files of media and weights count by their content."""
    first, second = (_written(case) | _weights(case) for case in (case_a, case_b))
    media_a, media_b = _media(a), _media(b)
    for name in dict.fromkeys((*first, *second)):
        one, other = first.get(name), second.get(name)
        if one == other or not _is_condition(name) or _is_left_out(name, first, second):
            continue
        modality = MEDIA_OF.get(name)
        is_same_file = modality is not None and media_a.get(modality) == media_b.get(modality) is not None
        if not (is_same_file and one is not None and other is not None):
            yield Difference(field=name, a=_words(one), b=_words(other))
    if case_a.sha != case_b.sha and media_a != media_b:
        yield Difference(field="datasets", a=_media_words(media_a), b=_media_words(media_b))


def _written(case: CaseResult) -> dict[str, object]:
    """Return the settings of a case under the names of today: results up to 1.4 call `beside.cpu` `busy`."""
    return {("beside.cpu" if name == "busy" else name): value for name, value in _flat(case.settings).items()}


def _is_left_out(name: str, *sides: Mapping[str, object]) -> bool:
    """Return whether a setting that one side lacks is on the other what it is by default.

    A lock file leaves groups out that have nothing to say, and results of an earlier schema lack what is new.
    """
    written = [side[name] for side in sides if name in side]
    return len(written) == 1 and is_default(name, written[0])


def _weights(case: CaseResult) -> dict[str, object]:
    """Return the setting `weights` as the digests of its files; as it was written where they are not known."""
    digests: list[object] = [digest[:8] for digest in case.weight_files]
    return {"weights": digests} if digests else {}


def _flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def _media(result: Result) -> dict[str, list[str]]:
    """Return the digests of a run's files by modality."""
    found: dict[str, list[str]] = {}
    for file in sorted(result.datasets, key=lambda file: file.sha256):
        found.setdefault(file.modality, []).append(file.sha256)
    return found


def _media_words(media: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{name} {digest[:8]}" for name, digests in media.items() for digest in digests) or "none"


def _subjects(a: Result, case_a: CaseResult, b: Result, case_b: CaseResult) -> Iterator[Difference]:
    """Yield that seeded weights came out otherwise; other engines hold them in another form and cannot tell."""
    if case_a.sha == case_b.sha or any(case_a.settings.get(name) != case_b.settings.get(name) for name in ENGINES):
        return
    first, second = ({subject.weights_sha256 for subject in result.subjects} for result in (a, b))
    if first.isdisjoint(second) and first and second:
        words = [", ".join(sorted(digest[:8] for digest in digests)) for digests in (first, second)]
        yield Difference(field="weights_sha256", a=words[0], b=words[1])


def _definitions(case_a: CaseResult, case_b: CaseResult) -> Iterator[Difference]:
    first, second = ({key.partition(".")[0]: s.definition for key, s in c.metrics.items()} for c in (case_a, case_b))
    for name in first.keys() & second.keys():
        if first[name] != second[name]:
            yield Difference(field=f"definition.{name}", a=first[name], b=second[name])


def _hosts(a: Mapping[str, object], b: Mapping[str, object]) -> Iterator[Difference]:
    """Yield what machines with these facts differ in, or that they do where it cannot be said in what."""
    if a.get("fingerprint") == b.get("fingerprint"):
        return
    facts = [name for name in STABLE if a.get(name) != b.get(name)]
    for name in facts or ["fingerprint"]:
        yield Difference(field=f"host.{name}", a=_words(a.get(name)), b=_words(b.get(name)))


def _workers(a: Result, case_a: CaseResult, b: Result, case_b: CaseResult) -> Iterator[Difference]:
    """Yield that other numbers of workers measured at the same time on the machine: they are neighbours."""
    first, second = (_workers_beside(*side) for side in ((a, case_a), (b, case_b)))
    if first != second:
        yield Difference(field=WORKERS, a=str(first), b=str(second))


def _workers_beside(result: Result, case: CaseResult) -> int:
    host = None if result.fleet is None else result.fleet.host(case.host)
    return 1 if host is None else len(host.workers)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, Mapping):
        return " ".join(_words(inner) for inner in value.values())
    return "none" if value is None else str(value)
