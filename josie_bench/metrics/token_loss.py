"""Token loss: what the reference's tokens cost from an engine's hidden states. Definition `token_loss/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import mean_over_frames, parity_of
from josie_bench.terms.parity import TOKEN_KINDS, Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

NAMES = dict(zip(TOKEN_KINDS, ("text tokens", "semantic codes", "acoustic codes"), strict=True))
STATISTICS = {
    key: words
    for kind, name in NAMES.items()
    for key, words in {
        kind: f"{name}, from the engine's hidden states",
        f"{kind}.reference": f"{name}, from the reference's own",
        f"{kind}.difference": f"{name}: how much more from the engine's, frame by frame",
    }.items()
}


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    return {key: score for kind in TOKEN_KINDS for key, score in _of(parity, kind).items()}


def _of(parity: Parity, kind: str) -> dict[str, Score]:
    engine, reference = (
        parity.of("temporal_transformer", measure) for measure in (f"{kind}_loss", f"{kind}_loss_reference")
    )
    series = {kind: engine, f"{kind}.reference": reference, f"{kind}.difference": engine - reference}
    return {key: mean_over_frames(values) for key, values in series.items()}


METRIC = Metric(
    title="Token loss",
    unit="nats",
    direction="lower",
    definition="token_loss/1",
    origin="the reference's tokens, foreseen from the engine's hidden states and from its own, on the same inputs",
    description=(
        "Cross-entropy in nats per token: the mean of −log p(token) over the tokens that the reference drew, teacher-"
        "forced. The temporal transformer of each side has its own cache and the reference's inputs; p is the softmax, "
        "at temperature 1, of the logits that the reference's depth transformer computes from the side's hidden state "
        "and the reference's tokens of the same frame, over those that may be drawn. Engines give tokens and no "
        "logits: so what an engine's own depth transformer rounds is not in it (`parity_codes.depth_transformer` is of "
        "that), and all that the temporal transformer's cache, precision and runtime do is. A text token counts where "
        "none is forced, a semantic code where its frame is not silent, the acoustic codes, a frame late, where the "
        "frame before was not. Each frame has one value, the mean of its tokens of the kind; the interval of the mean "
        "is a t-interval over frames, n_eff = n / τ as for windows, and that of the difference is of differences frame "
        "by frame, so that what is hard for both sides is not in it. Sides that are the same differ by 0 exactly. The "
        "tokens are the reference's own and no truth: below 0 an engine is surer of them, and no better."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
