"""Opinion scores guessed from sound, before and behind the codes. Definition `dnsmos/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import CODEC, difference_figure, judged_of, mean_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

NAMES = {"p808": "P.808", "ovrl": "P.835 overall", "sig": "P.835 signal", "bak": "P.835 background"}
STATISTICS = {
    f"{name}.{side}": f"{words} {told}"
    for name, words in NAMES.items()
    for side, told in {
        "before": "of the recordings",
        "after": "behind the codes",
        "noise": "beside it, of noise that is as loud as the recording, frame by frame",
        "difference": "behind the codes, minus that of the same recording",
    }.items()
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    found = {}
    for name in NAMES:
        for side in ("before", "after", "noise"):
            found[f"{name}.{side}"] = mean_figure(CODEC, "dnsmos", f"{name}.{side}").score(judged)
        figure = difference_figure(CODEC, "dnsmos", f"{name}.after", f"{name}.before")
        found[f"{name}.difference"] = figure.score(judged)
    return found


METRIC = Metric(
    title="Predicted opinion scores",
    unit="MOS",
    direction="higher",
    definition="dnsmos/1",
    origin="the sound of a recording, and that behind the codec's codes, each by itself",
    description=(
        "DNSMOS (Reddy et al., 2021, 2022), 1 to 5: what people would say of speech, guessed by networks without a "
        "reference; means over items. A clean recording does not get 5, so the score behind the codes stands beside "
        "that of the recording, and their difference is of the same items. Noise that is as loud stands there too: "
        "that is where the scale ends. It does not judge how natural speech is. Predicted, not asked of people."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=("dnsmos",),
)
