"""How long a window is, how many samples it holds, and what another length changes."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.claims._evidence import RAN, cases_of, measured_change, window_of
from josie_bench.claims._held import memory_scale_of
from josie_bench.claims._stated import FULL, SAMPLE_RATE_HZ, TRAINED, WINDOW_MS, audio_bytes, held_bytes, video_bytes
from josie_bench.statistics.growth import GPU_MEMORY, HOST_MEMORY, memory_key
from josie_bench.terms.claim import Claim, Figure, Measured, Reading, printed
from josie_bench.terms.result import CaseResult, Result
from josie_bench.terms.timebase import samples_in

LONG_MS = 400.0
SETS_APART = ("name", "window", "hop", "budgets", "windows")


def _samples() -> float:
    k = samples_in(WINDOW_MS, SAMPLE_RATE_HZ)
    return len(range(-k, 1))


def _grown(result: Result) -> Sequence[Measured]:
    """Return what a model took in memory with long windows over what it took with those of the paper."""
    usual = {_rest(case): case for case in cases_of(result) if case.status in RAN and window_of(case) == WINDOW_MS}
    found = []
    for case in cases_of(result):
        base = usual.get(_rest(case))
        if case.status not in RAN or window_of(case) != LONG_MS or base is None:
            continue
        key = memory_key(base)
        more, less = (_held(some, key) for some in (case, base))
        if more and less:
            found.append(
                Measured(
                    case=f"{case.id} over {base.id}",
                    statistic=str(key),
                    value=more / less,
                    unit="×",
                    scale=memory_scale_of(result, case),
                    n=1,
                    is_exact=True,
                )
            )
    return found


def _rest(case: CaseResult) -> str:
    """Return all settings but those that windows of another length differ in."""
    return repr(sorted((name, repr(value)) for name, value in case.settings.items() if name not in SETS_APART))


def _held(case: CaseResult, key: str | None) -> float | None:
    score = None if key is None else case.metrics.get(key)
    return None if score is None or score.value is None or score.value <= 0.0 else score.value


def _score(name: str, formula: str, value: float, unit: str) -> Reading:
    """Return what a score would be; whether it is, takes a trained model."""
    return Reading(name=name, formula=formula, compute=lambda: value, unit=unit, relation=None, waits_for=TRAINED)


CLAIMS = (
    Claim(
        id="win.samples",
        section="6.7",
        statement="a window of 300 ms is {x_(t−k), …, x_t} with k = ⌊300 ms · f_s⌋",
        published="w_t = {x_{t-k}, ..., x_t}, k = ⌊300ms · f_s⌋",
        kind="arith",
        figure=Figure(value=float(samples_in(WINDOW_MS, SAMPLE_RATE_HZ)), unit="samples", slack=0.0),
        readings=(Reading(formula="number of x from t − k to t at 16 kHz, both ends counted", compute=_samples),),
        note="300 ms at 16 kHz are 4 800 samples; the set holds one more.",
    ),
    Claim(
        id="win.200.bleu",
        section="9.2",
        statement="windows of 200 ms cost 15 % of BLEU",
        published="degrades BLEU by 15%",
        kind="quality",
        figure=printed("15", "%"),
        readings=(
            _score("relative", "42.3 · 0.85", FULL.bleu * 0.85, "BLEU"),
            _score("points", "42.3 − 15", FULL.bleu - 15.0, "BLEU"),
        ),
    ),
    Claim(
        id="win.200.wer",
        section="9.2",
        statement="windows of 200 ms cost 22 % of WER",
        published="and WER by 22%",
        kind="quality",
        figure=printed("22", "%"),
        readings=(
            Reading(
                name="of the words that the model writes",
                measure=lambda result: measured_change(result, "window", "200 ms", "wer_text"),
                waits_for=TRAINED,
            ),
            _score("relative", "4.2 · 1.22", FULL.wer * 1.22, "WER"),
            _score("points", "4.2 + 22", FULL.wer + 22.0, "WER"),
        ),
    ),
    Claim(
        id="win.400.score",
        section="9.2",
        statement="windows of 400 ms bring 2.3 %",
        published="yields only 2.3% improvement",
        kind="quality",
        figure=printed("2.3", "%"),
        readings=(
            Reading(
                name="of the word errors in what the model writes",
                measure=lambda result: measured_change(result, "window", "400 ms", "wer_text", sign=-1.0),
                waits_for=TRAINED,
            ),
        ),
        note="Of what is not said.",
    ),
    Claim(
        id="win.400.memory",
        section="9.2",
        statement="windows of 400 ms double memory usage",
        published="doubles memory usage",
        kind="arith",
        figure=printed("2", "×"),
        metrics=(HOST_MEMORY, *GPU_MEMORY),
        readings=(
            Reading(
                name="of the buffers",
                formula="400 ÷ 300",
                compute=lambda: (audio_bytes(LONG_MS) + video_bytes(LONG_MS)) / (audio_bytes() + video_bytes()),
            ),
            Reading(
                name="of all memory",
                formula="(weights + state + buffers) at 400 ms ÷ the same at 300 ms",
                compute=lambda: held_bytes(LONG_MS) / held_bytes(),
                measure=_grown,
            ),
        ),
    ),
)
