"""Groups of a case's keys: those that say one thing together, each a mapping in the suite."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from josie_bench.plugins import member_names
from josie_bench.suites.values import (
    Duration,
    EngineName,
    Known,
    PositiveDuration,
    Preset,
    Several,
    Size,
    Snr,
)
from josie_bench.terms.calibration_choice import MOST_WINDOWS, WINDOWS
from josie_bench.terms.comings import EXPONENTIAL
from josie_bench.terms.fault import CORRUPTIONS, ENDS, KINDS
from josie_bench.terms.plan_options import STRONG, TYPING
from josie_bench.terms.schedule import CACHES, CONTENTS, RECORDED, WARM
from josie_bench.terms.simulated import CLOCKS, VIRTUAL
from josie_bench.terms.window import MODALITIES


class Strict(BaseModel):
    """A mapping that holds known keys only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WarmUpKeys(Strict):
    """When measuring may begin."""

    windows: int = Field(default=20, ge=1, description="Windows at least; from 20 on, compute times must not trend.")
    duration: Duration = Field(default=5000.0, description="Pacing at least, e.g. `5 s`.")
    cap: PositiveDuration = Field(default=60000.0, description="Measuring begins after this at the latest: UNSTEADY.")


class TurnKeys(Strict):
    """In mode turn, how often a turn is typed."""

    every: PositiveDuration | None = Field(
        default=None, description="From the begin of one to the next on average; every ten windows if unset."
    )
    variation: float = Field(
        default=EXPONENTIAL,
        ge=0.0,
        le=10.0,
        description="Coefficient of variation of that: 0 regular, 1 a Poisson process, above 1 in bursts.",
    )


class BlockKeys(Strict):
    """How the windows change in length or content, and when they pause."""

    windows: int | None = Field(default=None, ge=2, le=100_000, description="Of a block; one endless block if absent.")
    lengths: Several[PositiveDuration] = Field(
        default=(), description="Window and hop of a block, block by block in turn, e.g. `[200 ms, 400 ms]`."
    )
    contents: Several[Annotated[str, Known("content", CONTENTS)]] = Field(
        default=(RECORDED,), min_length=1, description="What a block's windows hold, block by block in turn."
    )
    pause: Duration = Field(default=0.0, description="Nothing arrives for so long between two blocks, e.g. `2 s`.")
    caches: Annotated[str, Known("caches", CACHES)] = Field(
        default=WARM, description="`cold`: they are emptied between two blocks, untimed; of a closed loop alone."
    )


class StreamKeys(Strict):
    """Where each modality's input comes from; a modality of another package by its own name."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)

    speech: str | None = Field(default="bundled", description="A sound file, a folder of them, or `bundled`.")
    video: str | None = Field(default="bundled", description="A video file, a folder of them, or `bundled`.")
    text: str | None = Field(default=None, description="Words typed one a window, or a .txt file.")


def guest_streams() -> list[str]:
    """Return the streams that other packages bring; each is a modality of that name."""
    return [name for name in member_names("streams") if name not in ("speech", "video", "text")]


def modality_names() -> list[str]:
    """Return the names of all modalities."""
    return [*MODALITIES, *guest_streams()]


class DropoutKeys(Strict):
    """What does not arrive, or late, or in noise."""

    of: Several[Annotated[str, Known("modality", modality_names)]] = Field(
        default=(), description="Modalities that are lost, together."
    )
    present: int | None = Field(
        default=None, ge=0, le=1_000_000, description="For so many windows they arrive, 0 if they never do ..."
    )
    absent: int | None = Field(default=None, ge=1, le=1_000_000, description="... and for so many not; then again.")
    lost: float = Field(default=0.0, ge=0.0, lt=1.0, description="Share of the windows they are lost in at random.")
    burst: float = Field(default=1.0, ge=1.0, le=10_000.0, description="Windows lost in a row on average.")
    late: Duration = Field(default=0.0, description="How much later than they happened they arrive, e.g. `600 ms`.")
    snr: Snr = Field(default=None, description="White noise is added to the sound, of this ratio to it, e.g. `10 dB`.")


class ExpectKeys(Strict):
    """What is to become of a fault; if nothing is said the conversation has to survive it."""

    recovers_within: Duration | None = Field(
        default=None, description="Windows are on time again, and stay so, so long after its end, e.g. `600 ms`."
    )
    loses: int | None = Field(default=None, ge=0, description="So many windows without an answer at most.")
    unchanged: bool = Field(default=False, description="Answers are what they are without it.")
    ends: Annotated[str, Known("end", ENDS)] | None = Field(default=None, description="It ends the case with this.")


class FaultKeys(Strict):
    """Something that goes wrong in a conversation."""

    kind: Annotated[str, Known("kind", KINDS)] = Field(description="Of chunks, the client, the pacer or a component.")
    at: int = Field(ge=0, le=1_000_000, description="The measured window that it begins with, 0-based.")
    windows: int | None = Field(default=None, ge=1, le=1_000_000, description="How many it lasts; 1 if unset.")
    of: Several[Annotated[str, Known("modality", MODALITIES)]] = Field(
        default=(), description="Modalities whose chunks it hits."
    )
    component: str | None = Field(default=None, description="That raises, hangs or gives NaN.")
    share: float = Field(default=1.0, gt=0.0, le=1.0, description="Of the chunks that it hits.")
    by: Duration = Field(default=0.0, description="How much later chunks arrive, of reordered ones the most.")
    variation: float = Field(
        default=0.0, ge=0.0, le=10.0, description="Coefficient of variation of by, of late chunks, whose law is gamma."
    )
    how: Annotated[str, Known("corruption", CORRUPTIONS)] | None = Field(
        default=None, description="A chunk is corrupted."
    )
    ppm: float = Field(default=0.0, ge=-100_000.0, le=100_000.0, description="The client's clock is too fast by.")
    lasts: PositiveDuration | None = Field(default=None, description="A stall or a hang; a hang for ever if unset.")
    expect: ExpectKeys = Field(default=ExpectKeys(), description="What is to become of it.")


class BesideKeys(Strict):
    """What works beside the trial on purpose, from before its warm-up to its end."""

    cpu: int = Field(default=0, ge=0, le=1024, description="Processes that keep a core busy each.")
    memory: Size = Field(default=0, description="Memory that a process copies to and fro, e.g. `1 GiB`.")
    model: Preset | None = Field(default=None, description="A model that answers windows without a pause.")


class GpuMemoryKeys(Strict):
    """The most that may be held of a GPU's memory, and what counts as taken of it: half a GiB and a tenth if unset."""

    cap: Size | None = Field(
        default=None, ge=1, description="The trial's process is held to so much, e.g. `8 GiB`; to nothing if unset."
    )
    context: Size | None = Field(default=None, description="By the driver's context and workspaces, e.g. `300 MiB`.")
    fragments: float | None = Field(
        default=None, ge=0.0, lt=1.0, description="Share of what is free that fragments and the display take."
    )


class ComponentKeys(Strict):
    """What single components run on, as `backend` or `backend-precision`."""

    audio_encoder: EngineName | None = None
    vision_encoder: EngineName | None = None
    temporal_transformer: EngineName | None = None
    depth_transformer: EngineName | None = None
    audio_decoder: EngineName | None = None


class TensorRTKeys(Strict):
    """What engines of TensorRT are besides their precision; of no other backend."""

    refit: bool = Field(default=False, description="Weights can be exchanged in the built engine.")
    version_compatible: bool = Field(default=False, description="Later releases of TensorRT can load the engine.")
    timing_cache: bool = Field(
        default=False, description="What kernels took is kept beside the engines; `tensorrt` alone, not RTX."
    )
    typing: Annotated[str, Known("typing", TYPING)] = Field(
        default=STRONG,
        description="Precision is the graph's, or TensorRT chooses down to it, layer by layer: `weak`, TensorRT 10.",
    )


class CalibrationKeys(Strict):
    """The recordings that engines are calibrated from."""

    speech: str = Field(default="bundled", description="A sound file, a folder of them, or `bundled`.")
    video: str = Field(default="bundled", description="A video file, a folder of them, or `bundled`.")
    windows: int = Field(
        default=WINDOWS, ge=1, le=MOST_WINDOWS, description="Windows of 300 ms of them that are recorded."
    )
    sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="What the recordings' has to be; a lock says it."
    )


class LayerKeys(Strict):
    """How many layers single components have; the preset's if absent."""

    temporal_transformer: int | None = Field(default=None, ge=1, le=1000)
    depth_transformer: int | None = Field(default=None, ge=1, le=1000)


class SimulatedKeys(Strict):
    """How long each window of backend `simulated` takes."""

    median: PositiveDuration = Field(default=180.0, description="Of the usual windows, e.g. `180 ms`.")
    sigma: float = Field(default=0.08, ge=0.0, le=3.0, description="Spread of the logarithm within a trial.")
    rho: float = Field(default=0.0, gt=-1.0, lt=1.0, description="Autocorrelation of it, from window to window.")
    run_sigma: float = Field(default=0.0, ge=0.0, le=3.0, description="Spread of the logarithm between trials.")
    stall: Duration = Field(default=0.0, description="What a stalled window takes more, e.g. `2 s`.")
    stall_every: int | None = Field(default=None, ge=1, description="So many windows from one stall to the next.")
    drift: float = Field(default=0.0, ge=0.0, le=100.0, description="By what share windows grow over 1000 windows.")
    second_median: PositiveDuration | None = Field(default=None, description="Of the windows in a second mode.")
    second_share: float = Field(default=0.0, ge=0.0, le=1.0, description="Share of the windows in the second mode.")
    further: Duration = Field(
        default=0.0, description="What every window more takes that is stepped together with a first, e.g. `9 ms`."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Of the draws, beside the case's own seed.")
    clock: Annotated[str, Known("clock", CLOCKS)] = Field(
        default=VIRTUAL,
        description="`virtual`: nothing runs; `real`: the harness runs and each window waits its time out.",
    )


class VisitsKeys(Strict):
    """Recorded sessions that are replayed."""

    file: str | None = Field(default=None, description="A CSV: `place,start_s,end_s`, and a row for each session.")
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="What the file's has to be.")


class AdmissionKeys(Strict):
    """When a session is let in by what was measured so far in the trial."""

    busy: float | None = Field(
        default=None, gt=0.0, le=1.0, description="Who comes is refused if the model would be busy for a larger share."
    )
    over: PositiveDuration = Field(
        default=5000.0, description="Forecast from the windows answered so long before, e.g. `5 s`."
    )


class EvictionKeys(Strict):
    """When a session is sent away because those that are there were not held."""

    missed: float | None = Field(
        default=None, ge=0.0, lt=1.0, description="The newest is sent away if a larger share of windows is missed."
    )
    over: PositiveDuration = Field(
        default=5000.0, description="Of the windows answered or dropped so long before, e.g. `5 s`."
    )


class CapacityKeys(Strict):
    """Of scenario capacity: the most sessions with a deadline miss ratio that is surely below a target."""

    target: float = Field(default=0.01, gt=0.0, lt=1.0, description="Of the miss ratio's one-sided 95 % upper bound.")
    first: int = Field(default=1, ge=1, le=4096, description="Sessions that are tried first.")
    most: int = Field(default=64, ge=1, le=4096, description="Beyond so many nothing is tried.")
    probes: int = Field(default=24, ge=1, le=1000, description="Trials at most.")
    least: int | None = Field(default=None, ge=1, le=4096, description="A gate: so many sessions have to hold.")
