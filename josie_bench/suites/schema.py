"""The schema of a suite: keys, types, units. Also published as `suites/suite.schema.json` for editors."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from josie_bench.errors import UsageError
from josie_bench.model.presets import QUANTIZERS, SWITCHES
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.suites.groups import (
    AdmissionKeys,
    BesideKeys,
    BlockKeys,
    CalibrationKeys,
    CapacityKeys,
    ComponentKeys,
    DropoutKeys,
    EvictionKeys,
    FaultKeys,
    GpuMemoryKeys,
    LayerKeys,
    SimulatedKeys,
    StreamKeys,
    Strict,
    TensorRTKeys,
    TurnKeys,
    VisitsKeys,
    WarmUpKeys,
    modality_names,
)
from josie_bench.suites.values import (
    Backend,
    Duration,
    Known,
    Listed,
    PositiveDuration,
    Preset,
    Several,
)
from josie_bench.terms.allocation import ALLOCATIONS, STATIC
from josie_bench.terms.budget import Budget, parse_budget
from josie_bench.terms.comings import EXPONENTIAL
from josie_bench.terms.conversation import MODES, SILENCE, TURN_TAKING
from josie_bench.terms.corpus import SPLITS
from josie_bench.terms.fleet_order import parse_where
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.precision import PRECISIONS
from josie_bench.terms.quantity import convert
from josie_bench.terms.sessions import BATCHING, NEVER, PHASES, RANDOM, SEQUENTIAL, SHEDDING

UNITS_TO_WRITE = ("ms", "min", "ms/min", "MiB", "MiB/min", "J", "W")


JUDGED = JudgedChoice(tasks=())


class CaseKeys(Strict):
    """The settings of a case; `defaults` takes the same keys."""

    scenario: Annotated[str, Known("scenario", lambda: member_names("scenarios"))] = Field(
        default="realtime", description="What arrives when: see `josie-bench list scenarios`."
    )
    preset: Preset = Field(default="nano", description="Size of the model.")
    backend: Backend = Field(default="eager", description="What runs the components: see `josie-bench list backends`.")
    precision: Annotated[str, Known("precision", PRECISIONS)] = Field(default="fp32", description="Of the engines.")
    components: ComponentKeys = Field(
        default=ComponentKeys(), description="Single components on another backend, e.g. `onnxruntime-int8`."
    )
    tensorrt: TensorRTKeys = Field(
        default=TensorRTKeys(), description="What engines of `tensorrt` and `tensorrt_rtx` are besides their precision."
    )
    calibration: CalibrationKeys = Field(
        default=CalibrationKeys(), description="What calibrated engines, as of `int8_qdq`, are built from."
    )
    fused: bool = Field(
        default=False, description="Whether temporal and depth transformer of a frame are one CUDA graph."
    )
    window: PositiveDuration = Field(default=300.0, description="How much media one step collects, e.g. `300 ms`.")
    hop: PositiveDuration | None = Field(default=None, description="Time between steps; the window's length if absent.")
    deadline: PositiveDuration = Field(default=300.0, description="When an answer is due after its window's close.")
    windows: int = Field(
        default=100, ge=1, le=1_000_000, description="Measured windows of each session, warm-up not counted."
    )
    sessions: int = Field(default=1, ge=1, le=4096, description="Conversations at a time, on one model.")
    phase: Annotated[str, Known("phase", PHASES)] = Field(
        default=RANDOM, description="Their windows close at instants of their own, or in lock-step: the worst case."
    )
    shedding: Annotated[str, Known("shedding", SHEDDING)] = Field(
        default=NEVER, description="Whether a window is dropped that is late before its turn; it counts as missed."
    )
    batching: Annotated[str, Known("batching", BATCHING)] = Field(
        default=SEQUENTIAL, description="One window after the other, or all sessions that wait are stepped together."
    )
    stay: PositiveDuration | None = Field(
        default=None,
        description="How long a session lasts on average before another takes its place; forever if unset.",
    )
    away: Duration = Field(
        default=0.0, description="How long nobody is there on average after a session, or one that was refused."
    )
    grace: Duration = Field(
        default=0.0, description="Who is back after no longer finds its session as it was; who comes later is new."
    )
    variation: float = Field(
        default=EXPONENTIAL,
        ge=0.0,
        le=10.0,
        description="Coefficient of variation of stay and away: 1 exponential, 0 regular, above 1 in bursts.",
    )
    admit: int | None = Field(
        default=None, ge=1, le=4096, description="The most sessions at a time; who comes then is refused. All if unset."
    )
    admission: AdmissionKeys = Field(
        default=AdmissionKeys(), description="Who comes is let in while the share of busy time is forecast to be small."
    )
    eviction: EvictionKeys = Field(
        default=EvictionKeys(), description="The newest session is sent away while too many windows are missed."
    )
    visits: VisitsKeys = Field(
        default=VisitsKeys(), description="When sessions come and go, as it was recorded, instead of stay and away."
    )
    capacity: CapacityKeys = Field(
        default=CapacityKeys(), description="Of scenario capacity: what is looked for, and how far."
    )
    warm_up: WarmUpKeys = Field(default=WarmUpKeys(), description="When measuring may begin.")
    blocks: BlockKeys = Field(default=BlockKeys(), description="How the windows change, and when they pause.")
    dropout: DropoutKeys = Field(default=DropoutKeys(), description="What does not arrive, or late, or in noise.")
    faults: Listed[FaultKeys] = Field(default=(), description="What goes wrong, in order, and what is expected then.")

    beside: BesideKeys = Field(default=BesideKeys(), description="What works beside the trial on purpose.")
    idle: Duration = Field(
        default=0.0,
        le=600_000.0,
        description="Before the warm-up nothing comes for so long; what is drawn then is seen.",
    )
    rounds: int = Field(
        default=1, ge=1, le=1000, description="Trials in fresh processes, mixed with those of other cases."
    )
    simulated: SimulatedKeys | None = Field(default=None, description="The law of backend `simulated`.")
    early_stop: bool = Field(default=False, description="Rounds end when every gate is settled; `rounds` is the most.")
    audit: float = Field(
        default=0.01, ge=0.0, le=1.0, description="Share of timed answers that are checked afterwards; 0 checks none."
    )
    stream: StreamKeys = Field(default=StreamKeys(), description="Where the input comes from.")
    modalities: Several[Annotated[str, Known("modality", modality_names)]] = Field(
        default=("audio", "vision"), min_length=1, description="Which modalities are present."
    )
    mode: Annotated[str, Known("mode", MODES)] = Field(
        default="realtime", description="Both sides at once, or one side at a time with start and end tokens."
    )
    turns: TurnKeys = Field(default=TurnKeys(), description="In mode turn, how often a turn is typed.")
    turn_taking: Annotated[str, Known("turn_taking", TURN_TAKING)] = Field(
        default="recording",
        description="Who decides that the model is silent: the recording's marks, its own draws, or it always is.",
    )
    silence: Annotated[str, Known("silence", SILENCE)] = Field(
        default="drawn",
        description="Silent frames have audio codes, have none, or have none and are verified a window at a time.",
    )
    weights: Several[str] | None = Field(
        default=None,
        description="Files of weights, of which a later one wins, or `shipped`; an empty list seeds all. If unset, "
        "the shipped ones where the preset has some and nothing of its model is changed.",
    )
    ablate: Several[Annotated[str, Known("switch", SWITCHES)]] = Field(
        default=(), description="Parts switched off, as in the paper's Table 1."
    )
    quantizer: Annotated[str, Known("quantizer", QUANTIZERS)] | None = Field(
        default=None, description="Another reading of the audio quantiser than the preset's."
    )
    context: int | None = Field(
        default=None, ge=2, le=10**8, description="Positions the temporal rings keep, of frames and vision together."
    )
    prune_to: int | None = Field(
        default=None, ge=2, le=10**8, description="Positions of the context that are left, the latest; all if absent."
    )
    allocation: Annotated[str, Known("allocation", ALLOCATIONS)] = Field(
        default=STATIC, description="Whether engines take all memory they may need at once, or what comes."
    )
    gpu_memory: GpuMemoryKeys = Field(
        default=GpuMemoryKeys(), description="How much of a GPU's may be held, and what counts as taken beforehand."
    )
    layers: LayerKeys = Field(default=LayerKeys(), description="Another number of layers than the preset's.")
    temporal_patches: int = Field(default=1, ge=1, le=16, description="Patches of video a window; two frames each.")
    token_budget: int | None = Field(default=None, ge=1, le=4096, description="Most vision tokens a patch may cost.")
    temperature: float = Field(default=0.0, ge=0.0, le=100.0, description="Of the draws; 0 is greedy.")
    threads: int = Field(default=1, ge=1, le=1024, description="Threads that may compute.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Of weights, schedule and draws.")
    tasks: Several[Annotated[str, Known("task", lambda: member_names("tasks"))]] = Field(
        default=(), description="Of scenario quality: what is done with each item; see `josie-bench list tasks`."
    )
    corpus: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Whose items it is done with, of `josie-bench corpus list` or a folder; each task has one.",
    )
    split: Annotated[str, Known("split", SPLITS)] = Field(default=JUDGED.split, description="Of the corpus.")
    items: int = Field(default=JUDGED.items, ge=1, le=100_000, description="At most, evenly over the corpus.")
    recogniser: Annotated[str, Known("evaluator", lambda: member_names("evaluators"))] = Field(
        default=JUDGED.recogniser, description="Who hears what is said: see `josie-bench list evaluators`."
    )
    listen: int = Field(
        default=JUDGED.listen, ge=0, le=100, description="Items of each task that are kept to be heard and seen."
    )
    corpora: str = Field(default=JUDGED.folder, description="Folder that corpora lie in.")
    timeout: PositiveDuration | None = Field(
        default=None,
        description="After this a trial is stopped, e.g. `15 min`; what its windows take leaves room if unset.",
    )

    @property
    def hop_ms(self) -> float:
        """From one window's close to the next's: a window's length where nothing else is said."""
        return self.window if self.hop is None else self.hop

    @property
    def is_of_many(self) -> bool:
        """Whether there is more than one session in the course of a trial."""
        return self.sessions > 1 or self.stay is not None or self.visits.file is not None


class BudgetKeys(Strict):
    """A bound on a statistic or on a bound of its interval."""

    expression: str = Field(alias="assert", description="E.g. `response_latency.p95.ci.high < 300 ms`.")
    severity: Literal["gate", "warn", "info"] = Field(default="gate", description="`gate` decides the exit code.")


def _known_fleet(where: str) -> str:
    parse_where(where)
    return where


class FleetKeys(Strict):
    """Workers that the cases are shared out over."""

    where: Annotated[str, AfterValidator(_known_fleet)] = Field(
        description="`local:2` processes here, `ray://host:10001`, or `auto`: the Ray cluster that this machine is in."
    )
    cores: int = Field(default=2, ge=1, le=4096, description="Of a worker that has no GPU, at least.")
    attempts: int = Field(default=3, ge=1, le=100, description="Workers that may be lost over a case.")


class SuiteKeys(Strict):
    """A suite file."""

    schema_name: Literal["josie-bench/suite.v1"] = Field(alias="schema", description="The format's version.")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the folder of its runs.")
    description: str = Field(default="", description="One paragraph for people.")
    extends: str | None = Field(default=None, description="A suite, by name or path, to begin from.")
    defaults: dict[str, Any] = Field(default_factory=dict, description="Settings of every case.")
    cases: list[dict[str, Any]] = Field(default_factory=list, description="The cases.")
    fleet: FleetKeys | None = Field(default=None, description="Workers that the cases are shared out over.")


def parse_case_budget(entry: object) -> Budget:
    """Return the budget of one entry of `budgets`.

    Raises:
        ValueError: it cannot be read, or names a metric, statistic or unit there is not.
    """
    keys = BudgetKeys.model_validate(entry)
    budget = parse_budget(keys.expression, keys.severity)
    try:
        metric = find_member("metrics", budget.metric).METRIC
    except UsageError as error:
        raise ValueError(str(error)) from error
    if budget.statistic not in metric.statistics:
        raise ValueError(unknown_name(f"statistic of {budget.metric}", budget.statistic, metric.statistics))
    if budget.unit is None and metric.unit in UNITS_TO_WRITE:
        raise ValueError(f"{budget.key} is in {metric.unit}: write {budget.limit:g} {metric.unit}")
    try:
        convert(budget.limit, budget.unit, metric.unit)
    except ValueError as error:
        raise ValueError(f"{budget.key} is in {metric.unit}, not in {budget.unit}: mend the limit") from error
    return budget


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a suite file, for editors."""
    schema = SuiteKeys.model_json_schema(by_alias=True)
    case = CaseKeys.model_json_schema()
    definitions = case.pop("$defs")
    settings = case["properties"]
    list_of = {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}
    rows = {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}}
    matrix = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "grid": {**list_of, "description": "Every combination of these settings' values."},
            "zip": {**list_of, "description": "The first values together, the second values together, …"},
            "include": {**rows, "description": "More cases."},
            "exclude": {**rows, "description": "Combinations left out."},
        },
    }
    budget = BudgetKeys.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$defs"] = definitions | {"budget": budget}
    schema["properties"]["defaults"] = {"type": "object", "additionalProperties": False, "properties": settings}
    schema["properties"]["cases"] = {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "description": "Begins the ids of its cases."},
                "matrix": matrix,
                "budgets": {"type": "array", "items": {"$ref": "#/$defs/budget"}},
                **settings,
            },
        },
    }
    return schema


def schema_text() -> str:
    """Return the JSON Schema as it is published."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201  the published file is written from it
