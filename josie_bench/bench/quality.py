"""Items of a corpus through a case's engines, and what judges make of what comes out. Nothing here is timed.

Where the engines are not the eager FP32 reference themselves, it does the same items beside them: what an engine costs
in words understood is told by pairs, not by two figures of two runs. So it is with what a lost modality costs: where
something is lost, the same engines do the same items with everything, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from josie_bench.backends import EngineSource
from josie_bench.backends import eager as reference_backend
from josie_bench.bench import pixels
from josie_bench.bench.kept_items import KeptItems
from josie_bench.bench.parity import eager_executable, reference_modules
from josie_bench.corpora import open_corpus, sha256_of
from josie_bench.engines.manifest import Manifest
from josie_bench.errors import UnavailableError
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member, member_names
from josie_bench.runtime.lossy import LossyStep, in_noise
from josie_bench.runtime.session import open_session
from josie_bench.statistics.retained import QUALITIES
from josie_bench.streams import MediaFile
from josie_bench.tasks import NORMALISER, RECOGNISER, Desk, Side
from josie_bench.terms.case import Case
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.judged import (
    ENGINE,
    PIXEL_DECODER,
    REFERENCE,
    WHOLE,
    Judged,
    JudgedChoice,
    JudgedItem,
    JudgeUse,
)
from josie_bench.terms.model_choice import ModelChoice

EAGER = ("eager", "fp32")
CODEC = ("audio_encoder", "audio_decoder")
ENGLISH = "english_text"
MOST_MEDIA = 8 * 2**20  # bytes of sounds and pictures that a case keeps
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who was asked to judge, and those that are here.

    Attributes:
        uses: of every role.
        opened: by role.
    """

    uses: tuple[JudgeUse, ...] = ()
    opened: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The items of one task."""

    task: str
    corpus: OpenCorpus
    items: tuple[Item, ...]


def corpus_of(choice: JudgedChoice, task: str) -> str:
    """Return the corpus whose items a task takes."""
    usual: str = find_member("tasks", task).CORPUS
    return usual if choice.corpus is None else choice.corpus


def evaluator_of(choice: JudgedChoice, role: str) -> str:
    """Return the evaluator that has a role."""
    return {RECOGNISER: choice.recogniser, NORMALISER: ENGLISH}.get(role, role)


def asked_of(task: str, *, lacks: bool = False) -> tuple[str, ...]:
    """Return the roles of the judges that a task asks.

    Args:
        task: its name.
        lacks: whether its items are done while something is missing: then those of retention alone.
    """
    found: tuple[str, ...] = QUALITIES[task].judges if lacks else find_member("tasks", task).JUDGES
    return found


def roles_of(choice: JudgedChoice, *, lacks: bool = False) -> tuple[str, ...]:
    """Return every role that the tasks of a case ask, once."""
    return tuple(dict.fromkeys(role for task in choice.tasks for role in asked_of(task, lacks=lacks)))


def cannot_judge(choice: JudgedChoice, model: ModelChoice, *, lacks: bool = False) -> str | None:
    """Return why nothing of a case can be judged here, with the mend; None where something can."""
    try:
        choose(choice)
    except UnavailableError as error:
        return str(error)
    reasons = {role: _why_absent(choice, model, role) for role in roles_of(choice, lacks=lacks)}
    for task in choice.tasks:
        asked = asked_of(task, lacks=lacks)
        if reasons.get(PIXEL_DECODER) is not None and PIXEL_DECODER in asked:
            continue  # nothing is drawn that others could judge
        if not asked or any(reasons[role] is None for role in asked):
            return None
    return f"none of the judges is here: {next(reason for reason in reasons.values() if reason is not None)}"


def _why_absent(choice: JudgedChoice, model: ModelChoice, role: str) -> str | None:
    if role == PIXEL_DECODER:
        return pixels.no_pixels(model)
    reason = find_member("evaluators", evaluator_of(choice, role)).unavailable()
    return None if reason is None else str(reason)


def open_judges(choice: JudgedChoice, model: ModelChoice, *, lacks: bool = False) -> Judges:
    """Return the judges that the tasks of a case ask, those that are here with their models loaded.

    Raises:
        UnavailableError: a judge's model is not the one that it is pinned to.
        WeightsError: the pixel decoder beside the weights belongs to others.
    """
    uses: list[JudgeUse] = []
    opened: dict[str, Callable[..., Any]] = {}
    for role in roles_of(choice, lacks=lacks):
        if (reason := _why_absent(choice, model, role)) is not None:
            uses.append(JudgeUse(role=role, reason=reason))
            continue
        if role == PIXEL_DECODER:
            uses.append(pixels.use_of_pixels(model))
            opened[role] = pixels.open_pixels(model)
            continue
        member = find_member("evaluators", evaluator_of(choice, role))
        uses.append(JudgeUse(role=role, identity=member.identity().text))
        opened[role] = member.open_judge()
    return Judges(uses=tuple(uses), opened=opened)


def choose(choice: JudgedChoice) -> tuple[Chosen, ...]:
    """Return the items of each task: those that it can use, evenly over them.

    Raises:
        UnavailableError: a corpus is not here, or none of its items is for a task.
    """
    found = []
    for task in choice.tasks:
        corpus = open_corpus(corpus_of(choice, task), Path(choice.folder))
        items = _chosen(task, corpus, tuple(_usable(task, corpus, choice.split)), choice.items)
        if not items:
            raise _without_items(task, corpus, choice.split)
        found.append(Chosen(task=task, corpus=corpus, items=items))
    return tuple(found)


def _usable(task: str, corpus: OpenCorpus, split: str) -> Iterator[Item]:
    can_use = find_member("tasks", task).can_use
    return (item for item in corpus.of(split) if can_use(item, corpus))


def _chosen(task: str, corpus: OpenCorpus, items: Sequence[Item], count: int) -> tuple[Item, ...]:
    """Return `count` of the items, in their order and evenly over them, of each kind its share.

    Every n-th of items whose kinds come in turn would be of a few kinds alone.
    """
    kind = getattr(find_member("tasks", task), "kind", lambda item, corpus: "")
    taken = {item.id for item in evenly(sorted(items, key=lambda item: kind(item, corpus)), count)}
    return tuple(item for item in items if item.id in taken)


def _without_items(task: str, corpus: OpenCorpus, split: str) -> UnavailableError:
    """Return that a corpus has nothing for a task, and for which it has."""
    others = [name for name in member_names("tasks") if any(_usable(name, corpus, split))]
    mend = "take another corpus or split"
    if others:
        mend += f", or of a suite the cases of {' and '.join(others)} alone, with --case"
    name = Path(corpus.name).name
    return UnavailableError(f"corpus {name} has no item for task {task} in split {split}", mend=mend)


def evenly(items: Sequence[Item], count: int) -> tuple[Item, ...]:
    """Return `count` of the items, evenly over them; all where there are no more."""
    if len(items) <= count:
        return tuple(items)
    return tuple(items[index * len(items) // count] for index in range(count))


def files_of(chosen: Sequence[Chosen]) -> tuple[MediaFile, ...]:
    """Return what was judged, as input: of each task the corpus, its licence, and the digest of the chosen items."""
    return tuple(
        MediaFile(
            modality=each.task,
            name=f"corpus {Path(each.corpus.name).name}, {len(each.items)} items",
            sha256=sha256_of(each.corpus, each.items),
            license=each.corpus.corpus.license,
        )
        for each in chosen
    )


def open_sides(case: Case, sizes: ModelSizes, engines: Mapping[str, Manifest]) -> dict[str, Side]:
    """Return the case's engines, and beside them the reference where they are not it themselves.

    Where something is lost, the engines with everything stand beside them instead.

    Raises:
        EngineError: an engine cannot be loaded, or the model's weights are not those it was built from.
    """
    loaded: dict[str, Any] = {}
    step = open_session(case, sizes, engines, wrap=loaded.setdefault)
    if case.dropout is not None:
        late_windows = round(case.dropout.late_ms / case.hop_ms)  # whole, or the suite is refused
        lossy = LossyStep(step, case.dropout, seed=case.seed, late_windows=late_windows)
        engine, snr_db = Side(executables=loaded, step=lossy), case.dropout.snr_db
        if snr_db is not None:
            engine = replace(engine, hear=partial(in_noise, snr_db=snr_db, seed=case.seed))
        return {ENGINE: engine, WHOLE: Side(executables=loaded, step=step)}
    sides = {ENGINE: Side(executables=loaded, step=step)}
    if any((engine.recipe.backend, engine.recipe.precision) != EAGER for engine in engines.values()):
        modules = reference_modules(case)
        reference = {name: eager_executable(case, engines[name], modules, "fp32") for name in engines}
        sides[REFERENCE] = Side(executables=reference, step=step.over(reference))
    return sides


def model_sides(model: Any, names: Sequence[str] = CODEC) -> dict[str, Side]:
    """Return a model's own components as the one side."""
    executables = {
        name: reference_backend.load(
            EngineSource(
                component=name,
                signature=model.component(name).signature(),
                folder=None,
                module=partial(model.component, name),
                threads=1,
            )
        )
        for name in names
    }
    return {ENGINE: Side(executables=executables)}


def judge_items(
    hop_ms: float,
    sizes: Any,
    sides: Mapping[str, Side],
    chosen: Sequence[Chosen],
    judges: Judges,
    *,
    listen: int = 0,
    tell: Told = lambda _, __: None,
    kept: KeptItems | None = None,
) -> Iterator[JudgedItem]:
    """Yield the rows of every item of every task.

    Of the first `listen` items of each task rows hold what is to be heard and seen, as far as `MOST_MEDIA` reaches.
    An item that was judged before the trial was cut off is not done again; its session counts, for where windows are
    lost at random each session loses others.

    Args:
        hop_ms: the media of one call.
        sizes: of the model.
        sides: the systems that do the items.
        chosen: the items of each task.
        judges: who judges.
        listen: how many items of each task are to be heard and seen.
        tell: is told after each item how many are done, and of how many.
        kept: items that were judged before, and where those that are judged now are kept.

    Raises:
        OutputError: an item cannot be kept.
    """
    done, total, left = 0, sum(len(each.items) for each in chosen), MOST_MEDIA
    kept = kept or KeptItems()
    for each in chosen:
        rows = find_member("tasks", each.task).rows
        desk = Desk(sizes=sizes, hop_ms=hop_ms, corpus=each.corpus, sides=sides, judges=judges.opened)
        for place, item in enumerate(each.items):
            key = kept.key_of(done, each.task, item, judges.uses)
            if (every := kept.find(key)) is None:
                every = tuple(rows(item, replace(desk, keeps_media=place < listen)))
                kept.keep(key, every)
            else:
                _pass_over(sides)
            found = within(every, left)
            yield from found
            left -= byte_count(found)
            done += 1
            tell(done, total)


def _pass_over(sides: Mapping[str, Side]) -> None:
    """Begin the session that an item had when it was judged, so that the next item has the one after it."""
    for side in sides.values():
        if side.step is not None:
            side.step.reset()


def within(rows: tuple[JudgedItem, ...], left: int) -> tuple[JudgedItem, ...]:
    """Return an item's rows, without what is to be heard and seen where that has more bytes than are left."""
    return rows if byte_count(rows) <= left else tuple(replace(row, media={}) for row in rows)


def byte_count(rows: Sequence[JudgedItem]) -> int:
    """Return the size of what is to be heard and seen."""
    return sum(len(content) for row in rows for content in row.media.values())


def judge_case(
    case: Case,
    sizes: ModelSizes,
    engines: Mapping[str, Manifest],
    chosen: Sequence[Chosen],
    tell: Told,
    *,
    kept: KeptItems | None = None,
) -> Judged:
    """Return what judges make of a case's engines, and of the reference beside them.

    Raises:
        EngineError: an engine cannot be loaded.
        OutputError: an item cannot be kept.
        UnavailableError: a judge's model is not the one that it is pinned to.
    """
    assert case.judged is not None, "a case of scenario quality says what it is judged by"
    judges = open_judges(case.judged, case.model, lacks=case.dropout is not None)
    sides = open_sides(case, sizes, engines)
    rows = tuple(
        judge_items(case.hop_ms, sizes, sides, chosen, judges, listen=case.judged.listen, tell=tell, kept=kept)
    )
    return Judged(tasks=case.judged.tasks, rows=rows, judges=judges.uses, dropout=case.dropout)
