"""Settings that are each well by themselves and cannot stand together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from josie_bench.backends import fuses, slots_of
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset, find_sizes
from josie_bench.plugins import find_member, member_names
from josie_bench.statistics.capacity_search import least_windows
from josie_bench.suites.comings import CAPACITY, coming_conflicts
from josie_bench.suites.faults import fault_conflicts
from josie_bench.suites.groups import (
    BesideKeys,
    BlockKeys,
    CapacityKeys,
    DropoutKeys,
)
from josie_bench.suites.losses import dropout_conflicts
from josie_bench.suites.schema import CaseKeys
from josie_bench.suites.simulated import simulated_conflicts
from josie_bench.suites.turns import turn_conflicts
from josie_bench.terms.allocation import STATIC
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import COLD
from josie_bench.terms.sessions import CONTINUOUS, LATE, LOCKSTEP, MOST_SLOTS
from josie_bench.terms.timebase import whole_frames

STREAM_OF = {"audio": "speech", "vision": "video", "text": "text"}  # a guest's stream bears its own name

UNTIMED = ("compared", "judged")  # arrivals of scenarios in which no clock runs
OWN_TURNS = ("conversation", "alignment")  # tasks of which it is asked when the model speaks

Conflict = tuple[tuple[str, ...], str]


def conflicts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield the settings that conflict, the one to mend first, and what is wrong with how to mend it."""
    yield from _times(keys)
    yield from _blocks(keys)
    yield from dropout_conflicts(keys)
    yield from fault_conflicts(keys)
    yield from _sources(keys)
    yield from _capacity(keys)
    yield from _sessions(keys)
    yield from coming_conflicts(keys)
    yield from turn_conflicts(keys)
    yield from _rounds(keys)
    yield from _parts(keys)
    yield from _tasks(keys)
    yield from _fused(keys)
    yield from _cap(keys)
    yield from simulated_conflicts(keys)


def chosen_model(keys: CaseKeys) -> ModelChoice:
    """Return the model that the settings name; its seed, weights and guests are not looked at yet."""
    return ModelChoice(
        preset=keys.preset,
        ablate=keys.ablate,
        quantizer=keys.quantizer,
        context=keys.context,
        prune_to=keys.prune_to,
        layers=tuple((name, count) for name, count in keys.layers if count is not None),
    )


def guests(keys: CaseKeys) -> tuple[str, ...]:
    """Return the present modalities that come from other packages."""
    return tuple(name for name in keys.modalities if name not in STREAM_OF)


def _times(keys: CaseKeys) -> Iterator[Conflict]:
    frame_ms = find_preset(keys.preset).frame_ms
    lengths = [("blocks.lengths", length) for length in keys.blocks.lengths]
    for name, value in (("window", keys.window), ("hop", keys.hop), *lengths):
        if value is not None and whole_frames(value, frame_ms) is None:
            low = max(int(value // frame_ms), 1) * frame_ms
            near = f"{low:g} ms" if value < low else f"{low:g} ms or {low + frame_ms:g} ms"
            what = f"{name} {value:g} ms is not a whole number of {frame_ms:g} ms frames: write {near}"
            yield (name, "preset"), what
    if keys.hop is not None and keys.hop > keys.window:
        what = f"hop {keys.hop:g} ms is longer than the window of {keys.window:g} ms: media would be lost; shorten it"
        yield ("hop",), what
    if keys.beside != BesideKeys() and find_member("scenarios", keys.scenario).ARRIVAL in UNTIMED:
        yield ("beside", "scenario"), f"beside: scenario {keys.scenario} times nothing beside it: leave beside out"
    warm_up = keys.warm_up
    if warm_up.cap < warm_up.duration:
        what = f"the cap of {warm_up.cap:g} ms is shorter than the duration of {warm_up.duration:g} ms: raise it"
        yield ("warm_up.cap", "warm_up.duration"), f"warm_up: {what}"


def _blocks(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what blocks of windows cannot be."""
    blocks = keys.blocks
    if blocks.lengths and keys.hop is not None:
        yield ("hop", "blocks.lengths"), "blocks.lengths are those of window and hop: leave hop out"
    is_cold = blocks.caches == COLD
    is_changing = len(blocks.lengths) > 1 or len(blocks.contents) > 1 or blocks.pause > 0.0 or is_cold
    if is_changing and blocks.windows is None:
        named = ("blocks.lengths", "blocks.contents", "blocks.pause", "blocks.caches")
        yield named, "blocks: how many windows a block has is not said: set blocks.windows"
    if blocks.windows is not None and keys.windows < blocks.windows:
        what = f"blocks of {blocks.windows} windows do not fit into {keys.windows} windows: raise windows"
        yield ("windows", "blocks.windows"), what
    if blocks.windows is not None and (cycle_ms := _cycle_ms(keys)) > keys.warm_up.cap:
        what = f"each kind of block once takes {cycle_ms:g} ms, longer than the warm-up's cap: raise the cap"
        yield ("blocks.windows", "warm_up.cap"), f"blocks: {what}"
    if is_untimed(keys) and (blocks.windows is not None or blocks.lengths):
        what = f"scenario {keys.scenario} times nothing: leave blocks out"
        yield ("blocks.windows", "blocks.lengths", "scenario"), what
    elif is_cold and find_member("scenarios", keys.scenario).ARRIVAL != "closed":
        what = f"caches: emptying them takes time that the schedule of {keys.scenario} has not: take scenario compute"
        yield ("blocks.caches", "scenario"), f"blocks: {what}"


def _cycle_ms(keys: CaseKeys) -> float:
    """Return how long every kind of block lasts once, with the pauses, at the pace of a conversation."""
    blocks = keys.blocks
    assert blocks.windows is not None
    lengths = blocks.lengths or (keys.hop_ms,)
    return len(blocks.contents) * sum(blocks.windows * length + blocks.pause for length in lengths)


def _sources(keys: CaseKeys) -> Iterator[Conflict]:
    if _is_judged(keys):
        return
    for modality in keys.modalities:
        name = STREAM_OF.get(modality, modality)
        if getattr(keys.stream, name, None) is None:
            what = f"modality {modality} has no source: set stream.{name} or leave it out of modalities"
            yield (f"stream.{name}", "modalities"), what


def _capacity(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what a search for the most sessions cannot be."""
    said, usual = keys.capacity, CapacityKeys()
    named = tuple(f"capacity.{name}" for name in CapacityKeys.model_fields)
    if keys.scenario != CAPACITY:
        if said != usual:
            yield (*named, "scenario"), f"capacity is of scenario {CAPACITY}: leave it out, or set that scenario"
        return
    if keys.sessions > 1:
        yield ("sessions", "scenario"), f"scenario {CAPACITY} looks for the number of sessions: leave sessions out"
    if keys.rounds > 1 or keys.early_stop:
        what = f"scenario {CAPACITY} decides by itself how often a number is tried: leave rounds and early_stop out"
        yield ("rounds", "early_stop", "scenario"), what
    if said.first > said.most:
        yield (
            ("capacity.first", "capacity.most"),
            f"capacity: {said.first} is beyond most, {said.most}: lower first",
        )
    if said.least is not None and said.least > said.most:
        what = f"capacity: {said.least} cannot be found where {said.most} are the most that are tried: raise most"
        yield ("capacity.most", "capacity.least"), what
    if (needed := least_windows(said.target)) > keys.windows * said.first:
        windows = -(-needed // said.first)
        what = (
            f"{keys.windows} windows cannot show a miss ratio below {said.target:g} with {said.first} at first: "
            f"set windows to {windows}, or raise capacity.target"
        )
        yield ("windows", "capacity.target"), what


def _sessions(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what has no meaning with several sessions, or without them."""
    if not keys.is_of_many and keys.scenario != CAPACITY:
        for key, value in (("phase", LOCKSTEP), ("shedding", LATE), ("batching", CONTINUOUS)):
            if getattr(keys, key) == value:
                yield (key, "sessions"), f"{key} {value} is of several sessions: set sessions, or leave {key} out"
        return
    yield from _batched(keys)
    named = ("sessions", "stay", "visits.file")
    arrival = find_member("scenarios", keys.scenario).ARRIVAL
    if arrival != "isochronous":
        what = f"scenario {keys.scenario} is of one session at a time"
        yield (*named, "scenario"), f"{what}: take realtime, or leave sessions, stay and visits out"
    if keys.blocks != BlockKeys():
        yield (*named, "blocks.windows"), "sessions: several have windows of one kind: leave blocks out"
    if keys.dropout != DropoutKeys():
        yield (*named, "dropout.of"), "sessions: several lose nothing on the way: leave dropout out"
    if keys.allocation != STATIC:
        what = f"sessions: several hold their states at full size: allocation {keys.allocation} has to go"
        yield (*named, "allocation"), what


def _batched(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what engines cannot do that step several sessions together."""
    if keys.batching != CONTINUOUS:
        return
    most = keys.capacity.most if keys.scenario == CAPACITY else min(keys.sessions, keys.admit or keys.sessions)
    if most > MOST_SLOTS:
        name = "capacity.most" if keys.scenario == CAPACITY else "sessions"
        what = f"batching: an engine holds {MOST_SLOTS} sessions, {most} are asked for: lower {name}"
        yield (name, "batching"), what
    if keys.silence == "speculated":
        what = "batching: a step of one session cannot be taken back among others: set silence to gated or drawn"
        yield ("silence", "batching"), what
    for backend, precision in _engines(keys):
        if precision not in slots_of(find_member("backends", backend)):
            able = {name: slots_of(find_member("backends", name)) for name in member_names("backends")}
            told = ", ".join(f"{name} ({' or '.join(found)})" for name, found in able.items() if found)
            what = f"batching: engines of {backend} at {precision} hold one session each: take {told}, or sequential"
            yield ("batching", "backend", "precision"), what
            return


def _rounds(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield that what is not timed is one trial."""
    if keys.rounds > 1 and is_untimed(keys):
        what = f"rounds {keys.rounds} are for trials that are timed, {keys.scenario} is not: leave rounds out"
        yield ("rounds", "scenario"), what
    if keys.early_stop and keys.rounds < 2:
        yield ("early_stop", "rounds"), "early_stop: looks lie between rounds, and there is one: set rounds"


def _tasks(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what is judged by nobody, or judges that do not hear."""
    is_judged = _is_judged(keys)
    if is_judged and not keys.tasks:
        yield ("scenario",), f"scenario {keys.scenario} has no tasks: set tasks, e.g. [{member_names('tasks')[0]}]"
    if keys.tasks and not is_judged:
        what = f"scenario {keys.scenario} judges nothing: leave tasks out, or set scenario quality"
        yield ("tasks", "scenario"), what
    if keys.corpus is not None and not keys.tasks:
        yield ("corpus",), "corpus: what is done with its items is not said: set tasks"
    own = [name for name in OWN_TURNS if name in keys.tasks]
    if own and (keys.mode, keys.turn_taking) != ("realtime", "model"):
        what = f"task {own[0]}: nobody tells the model when the user speaks: set turn_taking to model, in mode realtime"
        yield ("turn_taking", "mode", "tasks"), what
    hears = [name for name in member_names("evaluators") if find_member("evaluators", name).KIND == "recogniser"]
    if keys.recogniser not in hears:
        yield ("recogniser",), f"recogniser: {keys.recogniser} hears no words: take {' or '.join(hears)}"


def is_untimed(keys: CaseKeys) -> bool:
    """Return whether the scenario times nothing."""
    arrival: str = find_member("scenarios", keys.scenario).ARRIVAL
    return arrival in UNTIMED


def _is_judged(keys: CaseKeys) -> bool:
    """Return whether items of a corpus come, and no streams."""
    return bool(find_member("scenarios", keys.scenario).ARRIVAL == "judged")


def _fused(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield why temporal and depth transformer cannot be called as one."""
    if not keys.fused:
        return
    for name in ("temporal_transformer", "depth_transformer"):
        backend = (getattr(keys.components, name) or keys.backend).partition("-")[0]
        if not fuses(find_member("backends", backend)):
            able = " or ".join(found for found in member_names("backends") if fuses(find_member("backends", found)))
            what = f"fused: {name} runs on {backend}, which joins nothing: take {able}, or leave fused out"
            yield ("fused", f"components.{name}", "backend"), what
            return
    if keys.batching == CONTINUOUS:
        yield ("fused", "batching"), "fused: seats of one engine are stepped component by component: leave fused out"
    if keys.faults:
        yield ("fused", "faults"), "fused: what goes wrong is seen component by component: leave fused out"


def _cap(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield that nobody looks at what is held where nothing is timed."""
    if keys.gpu_memory.cap is not None and is_untimed(keys):
        what = f"gpu_memory.cap: scenario {keys.scenario} times nothing, so that what it holds is not watched"
        yield ("gpu_memory.cap", "scenario"), f"{what}: leave it out"


def _engines(keys: CaseKeys) -> list[tuple[str, str]]:
    """Return backend and precision of the engines that are asked for, those of most components first."""
    apart = (value.partition("-") for _, value in keys.components if value is not None)
    return [(keys.backend, keys.precision), *((backend, precision or "fp32") for backend, _, precision in apart)]


def _parts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield why no model can be put together of the parts."""
    if "temporal" in keys.ablate and keys.layers.temporal_transformer is not None:
        what = "layers.temporal_transformer: there are none once temporal is switched off: leave one of both out"
        yield ("layers.temporal_transformer", "ablate"), what
    whole = replace(chosen_model(keys), prune_to=None)
    pruned = ModelChoice(preset=keys.preset, context=keys.context, prune_to=keys.prune_to)
    joined = ModelChoice(preset=keys.preset, guests=guests(keys))
    named = ((("quantizer", "ablate"), whole), (("prune_to", "context"), pruned), (("modalities",), joined))
    for blamed, choice in named:
        try:
            find_sizes(choice)
        except UsageError as error:
            yield blamed, str(error)
