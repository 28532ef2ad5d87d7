"""Engines built once for each target of a fleet, though its hosts share no folder: they are carried between stores.

Before anything is measured each host says which engines of a case it has. What one of a kind of host has goes to the
others of that kind; what none has the first builds. Where that fails, each host builds its own with the case, as a
machine by itself does, and the case tells what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import Field, TypeAdapter

from josie_bench.bench.plan import Plan
from josie_bench.errors import UsageError
from josie_bench.fleet import Request
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.worker import build_request, give_request, have_request, take_request
from josie_bench.reports._document import from_message
from josie_bench.terms.case import Case

MOST_ENGINES = 1000  # of one case: a component has one
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Folder = Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]
Held = dict[Folder, Sha256 | None]  # of each engine that a host needs for a case: what it is, or that it is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Have:
    held: Annotated[Held, Field(max_length=MOST_ENGINES)]


HAVE = TypeAdapter(_Have)


def share_engines(crew: Crew, cases: Sequence[Case], plan: Plan, tell: Callable[[Case, str], None]) -> None:
    """Bring the engines of the cases to every host of the fleet, each built once for a kind of host.

    Args:
        crew: workers that were let in, none of which is busy.
        cases: that are to be run.
        plan: how, for the place of the engines and how long a build may take.
        tell: told of a case what is going on.
    """
    for case in cases:
        hosts = {crew.host_of[worker]: worker for worker in reversed(list(crew.here))}  # of each host the first
        if len(hosts) < 2:
            return
        if not case.is_virtual:
            _share(crew, case, plan, sorted(hosts.values()), tell)


def _share(crew: Crew, case: Case, plan: Plan, workers: Sequence[str], tell: Callable[[Case, str], None]) -> None:
    for kind in _kinds(_held(crew, case, plan, workers)):
        if len(kind) < 2:
            continue
        _spread(crew, case, plan, kind, tell)
        here = _here(crew, kind)
        if len(here) < 2 or None not in kind[(first := min(here))].values():
            continue
        tell(case, f"building on {first} for {len(here)} hosts")
        try:
            crew.answer(first, build_request(case, plan))
        except UsageError as error:
            tell(case, f"{first} built nothing: {error}")
            continue
        for again in _kinds(_held(crew, case, plan, _here(crew, here))):
            _spread(crew, case, plan, again, tell)


def _here(crew: Crew, workers: Iterable[str]) -> list[str]:
    """Return those workers that may be used still: one that is lost on the way may not come back."""
    return [worker for worker in workers if worker in crew.here]


def _held(crew: Crew, case: Case, plan: Plan, workers: Sequence[str]) -> dict[str, Held]:
    """Return what each worker that can say has in its store; one whose answer is none of ours is used no more."""
    found = {}
    for worker in workers:
        try:
            said = crew.answer(worker, have_request(case, plan))
        except UsageError:
            continue  # the case says why once it is run there
        try:
            found[worker] = from_message(said.told, "what it says of its engines", HAVE).held
        except UsageError as error:
            crew.refuse(worker, str(error))
    return found


def _kinds(held: Mapping[str, Held]) -> list[dict[str, Held]]:
    """Return the workers by kind of host: those of a kind need the same engines."""
    kinds: dict[frozenset[str], dict[str, Held]] = {}
    for worker, its in held.items():
        kinds.setdefault(frozenset(its), {})[worker] = its
    return list(kinds.values())


def _spread(crew: Crew, case: Case, plan: Plan, kind: Mapping[str, Held], tell: Callable[[Case, str], None]) -> None:
    """Carry each engine that one has to the others; what arrived is noted in `kind`."""
    for name in sorted(next(iter(kind.values()), {})):
        takers = [worker for worker, held in kind.items() if held[name] is None]
        if not _here(crew, takers):
            continue
        given = _given(crew, kind, name, give_request(case, plan, name), partial(tell, case))
        if given is None:
            continue
        giver, sha256, files = given
        for taker in _here(crew, takers):
            tell(case, f"{name} from {giver} to {taker}")
            try:
                crew.answer(taker, take_request(case, plan, name, sha256), files)
                kind[taker][name] = sha256
            except UsageError as error:
                tell(case, f"{taker} did not take {name}: {error}")


def _given(
    crew: Crew, kind: Mapping[str, Held], name: str, request: Request, tell: Callable[[str], None]
) -> tuple[str, str, Mapping[str, bytes]] | None:
    """Return who gave an engine, what it is, and its files: the first of all who have it that can; None if none can."""
    for giver in _here(crew, kind):
        if (sha256 := kind[giver][name]) is None:
            continue
        try:
            return giver, sha256, crew.answer(giver, request).files
        except UsageError as error:
            tell(f"{giver} did not give {name}: {error}")
    return None
