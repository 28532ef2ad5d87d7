"""What a worker on another machine says, heard strictly: what is not said as ours say it is refused in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter

import josie_bench
from josie_bench.errors import UsageError
from josie_bench.fleet import Answer
from josie_bench.reports._document import from_message
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import SCHEMA_VERSION

MOST_CORES, MOST_GPUS, MOST_FLOORS = 4096, 256, 10_000
MOST_FACTS = 10_000  # values in all of a machine's facts
MOST_DEEP = 8  # what lies in facts: a report draws three levels
LONGEST_REASON = 500
END_OF_TIME_S = 253_402_300_800.0  # the year 10000
UNREADABLE = "it refused, and gave no reason that can be read"
ANSWER = "what it sent is no answer of josie-bench: a JSON object, and files by name"


def _distinct(cores: list[int]) -> list[int]:
    if len(cores) > len(set(cores)):
        raise ValueError("a core is named twice")
    return cores


def _small(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts that are no larger and no deeper than a machine's are."""
    level: list[object] = [facts]
    count = 0
    for _ in range(MOST_DEEP):
        level = [item for value in level for item in _within(value)]
        count += len(level)
        if not level:
            break
    if level or count > MOST_FACTS:
        raise ValueError(f"more than {MOST_FACTS} facts, or some that lie deeper than {MOST_DEEP}")
    if not isinstance(facts.get("fingerprint"), str):
        raise ValueError("no fingerprint")  # noqa: TRY004  pydantic names the place of a ValueError alone
    return facts


def _within(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


Name = Annotated[str, Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """Who a worker is.

    Attributes:
        machine: what tells its machine from others.
        cores: that it may run on.
        gpus: that it sees, as its scheduler names them.
    """

    machine: Name
    cores: Annotated[
        list[Annotated[int, Field(ge=0, lt=2**16)]],
        Field(min_length=1, max_length=MOST_CORES),
        AfterValidator(_distinct),
    ]
    gpus: Annotated[list[Name], Field(max_length=MOST_GPUS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a worker's machine is, seen from its own cores.

    Attributes:
        facts: as `probes.host` has them.
        niceness: of its process.
        noise_floors: that `calibrate` left there.
    """

    facts: Annotated[dict[str, Any], AfterValidator(_small)]
    niceness: Annotated[int, Field(ge=-20, le=19)]
    noise_floors: Annotated[list[NoiseFloor], Field(max_length=MOST_FLOORS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    clock_s: Annotated[float, Field(ge=0.0, lt=END_OF_TIME_S)]


GREETING, SETTLED, TIME = TypeAdapter(Greeting), TypeAdapter(Settled), TypeAdapter(_Time)


def heard(sent: object) -> Answer:
    """Return what an actor sent as an answer: a pair of a JSON object and files; what is none is a refusal."""
    match sent:
        case (Mapping() as told, Mapping() as files) if _are_files(files):
            return Answer(told=told, files=files)
    return Answer(told={"refused": ANSWER})


def refusal_in(told: Mapping[str, Any]) -> str | None:
    r"""Return in one line why a worker cannot do what it was asked; None where it does not refuse.

    >>> refusal_in({"refused": "no case\n\0that ends"}), refusal_in({"refused": []})
    ('no case that ends', 'it refused, and gave no reason that can be read')
    """
    if "refused" not in told:
        return None
    reason = told["refused"]
    return (one_line(reason) if isinstance(reason, str) else "") or UNREADABLE


def one_line(text: str) -> str:
    """Return the beginning of what somebody wrote, as one line of what can be printed."""
    shown = text[: LONGEST_REASON + 1]
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())
    return line if len(shown) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}…"


def greeting_in(told: Mapping[str, Any]) -> Greeting:
    """Return who a worker is.

    Raises:
        UsageError: it is of another version, or does not say who it is.
    """
    for what, name, own in (
        ("josie-bench", "tool", josie_bench.__version__),
        ("result schema", "schema_version", SCHEMA_VERSION),
    ):
        if (its := told.get(name)) != own:
            its = one_line(its) if isinstance(its, str) else "no version"
            raise UsageError(
                f"it has {what} {its}, and this is {own}: install josie-bench {josie_bench.__version__} there"
            )
    return from_message(told, "its greeting", GREETING)


def settled_in(told: Mapping[str, Any]) -> Settled:
    """Return what a worker's machine is.

    Raises:
        UsageError: it does not say, or brings noise floors of another machine.
    """
    settled = from_message(told, "what it says of its machine", SETTLED)
    if any(floor.host != settled.facts["fingerprint"] for floor in settled.noise_floors):
        raise UsageError("what it says of its machine is broken: noise_floors: one is of another machine")
    return settled


def clock_in(told: Mapping[str, Any]) -> float:
    """Return what a worker's clock shows, in s since 1970.

    Raises:
        UsageError: it does not say.
    """
    return from_message(told, "what it says of its clock", TIME).clock_s


def _are_files(files: Mapping[Any, Any]) -> bool:
    return all(isinstance(name, str) and isinstance(content, bytes) for name, content in files.items())
