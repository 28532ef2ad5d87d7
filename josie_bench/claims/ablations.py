"""Table 1 and what the paper concludes from it."""

from __future__ import annotations

from josie_bench.claims._evidence import measured_change
from josie_bench.claims._stated import FULL, NO_PICTURES, RETRAINED, TRAINED, WITHOUT, Scores, percent
from josie_bench.terms.claim import AT_MOST, Claim, Figure, Reading, printed

NAMES = {
    "m_rope": "without M-RoPE",
    "dual_stream": "without the dual stream of audio",
    "temporal": "without the temporal transformer",
    "rms_norm": "without RMS normalisation",
}


def _bleu_drop(without: str) -> float:
    return percent(FULL.bleu - WITHOUT[without].bleu, FULL.bleu)


def _wer_rise(without: str) -> float:
    return percent(WITHOUT[without].wer - FULL.wer, FULL.wer)


def _fid_rise(without: str) -> float:
    return percent(WITHOUT[without].fid - FULL.fid, FULL.fid)


def _rank(without: str) -> float:
    """Return how many parts cost at least as much BLEU as this one when they are removed, itself included."""
    return sum(_bleu_drop(other) >= _bleu_drop(without) for other in WITHOUT)


def _better(bleu: int, wer: int, fid: int) -> float:
    """Return how many of the ablated numbers beat the full model's; 1 says that higher is better, -1 that lower is."""
    gains = (
        (bleu * (row.bleu - FULL.bleu), wer * (row.wer - FULL.wer), fid * (row.fid - FULL.fid))
        for row in WITHOUT.values()
    )
    return sum(gain > 0.0 for row in gains for gain in row)


def _row(name: str, words: str, scores: Scores, reading: Reading) -> Claim:
    return Claim(
        id=f"table1.{name}",
        section="9",
        statement=f"Table 1, {words}: BLEU and WER",
        published=f"BLEU {scores.bleu}, WER {scores.wer}",
        kind="quality",
        readings=(reading,),
        note="Data, references and the direction of translation are not given.",
    )


def _retrained(name: str) -> Reading:
    """Return how much more words go wrong without a part, which models that are trained without it can be held to."""
    digits = 0.05 + 0.05 * WITHOUT[name].wer / FULL.wer  # of both numbers, half a unit of the last one each
    return Reading(
        figure=Figure(value=_wer_rise(name), unit="% more WER than the full model", slack=percent(digits, FULL.wer)),
        measure=lambda result: measured_change(result, "ablate", name, "wer_text"),
        waits_for=RETRAINED,
    )


def _impact(name: str, formula: str, value: float) -> Reading:
    untestable = "no bound for minimal is given"
    return Reading(name=name, formula=formula, compute=lambda: value, unit="%", relation=None, untestable=untestable)


CLAIMS = (
    _row("full", "the full model", FULL, Reading(waits_for=TRAINED)),
    *(_row(name, words, WITHOUT[name], _retrained(name)) for name, words in NAMES.items()),
    Claim(
        id="table1.fid",
        section="9",
        statement="Table 1, the column FID",
        published="FID 18.7; 22.4, 19.2, 25.8, 19.1",
        kind="undefined",
        readings=(Reading(untestable=NO_PICTURES),),
    ),
    Claim(
        id="table1.arrows",
        section="9",
        statement="Table 1, the arrows of its head",
        published="BLEU↓ WER↑ FID↑",
        kind="undefined",
        figure=Figure(value=0.0, unit="of 12 ablated numbers better", slack=0.0),
        readings=(
            Reading(
                name="which way is better, as is usual",
                formula="numbers of Table 1 that beat the full model's if lower BLEU, higher WER and FID are better",
                compute=lambda: _better(-1, 1, 1),
                relation=AT_MOST,
            ),
            Reading(
                name="which way the harm goes",
                formula="the same if higher BLEU, lower WER and FID are better",
                compute=lambda: _better(1, -1, -1),
                relation=AT_MOST,
            ),
        ),
    ),
    Claim(
        id="abl.m_rope.bleu",
        section="9.1",
        statement="without M-RoPE BLEU is 10 % lower",
        published="10% degradation in BLEU score",
        kind="arith",
        figure=printed("10", "%"),
        readings=(Reading(formula="(42.3 − 38.1) ÷ 42.3", compute=lambda: _bleu_drop("m_rope")),),
    ),
    Claim(
        id="abl.m_rope.alignment",
        section="9.1",
        statement="without M-RoPE there are 38 % more temporal misalignments",
        published="38% increase in temporal misalignments",
        kind="undefined",
        figure=printed("38", "%"),
        readings=(
            Reading(
                name="the rise of WER under another name",
                formula="(5.8 − 4.2) ÷ 4.2",
                compute=lambda: _wer_rise("m_rope"),
            ),
            Reading(name="a measure of its own", untestable="what a temporal misalignment is, is not said"),
        ),
        note="The same number as the rise of WER in the same row of Table 1.",
    ),
    Claim(
        id="abl.dual_stream.wer",
        section="9.1",
        statement="without the dual stream WER is 73.8 % higher",
        published="increases WER by 73.8%",
        kind="arith",
        figure=printed("73.8", "%"),
        readings=(Reading(formula="(7.3 − 4.2) ÷ 4.2", compute=lambda: _wer_rise("dual_stream")),),
    ),
    Claim(
        id="abl.dual_stream.mos",
        section="9.1",
        statement="without the dual stream MOS falls from 4.2 to 3.6",
        published="MOS drops from 4.2 to 3.6",
        kind="human",
        readings=(
            Reading(untestable="it takes people who listen; their number, the protocol and the interval are not given"),
        ),
        note="4.2 is also the full model's WER.",
    ),
    Claim(
        id="abl.temporal.bleu",
        section="9.1",
        statement="without the temporal transformer BLEU is 26.2 % lower",
        published="26.2% decrease in BLEU score",
        kind="arith",
        figure=printed("26.2", "%"),
        readings=(Reading(formula="(42.3 − 31.2) ÷ 42.3", compute=lambda: _bleu_drop("temporal")),),
        note="What is left of the model without it is not said.",
    ),
    Claim(
        id="abl.temporal.most_critical",
        section="9.1",
        statement="the temporal transformer is the most critical part",
        published="Most critical component for cross-modal integration",
        kind="arith",
        figure=Figure(value=1.0, unit="of 4 by the fall of BLEU", slack=0.0),
        readings=(Reading(formula="its place by the fall of BLEU in Table 1", compute=lambda: _rank("temporal")),),
    ),
    Claim(
        id="abl.rms_norm.impact",
        section="9.1",
        statement="RMS normalisation has minimal impact on the final performance",
        published="Minimal impact on final performance",
        kind="undefined",
        readings=(
            _impact("BLEU lower by", "(42.3 − 40.1) ÷ 42.3", _bleu_drop("rms_norm")),
            _impact("WER higher by", "(4.9 − 4.2) ÷ 4.2", _wer_rise("rms_norm")),
            _impact("FID higher by", "(19.1 − 18.7) ÷ 18.7", _fid_rise("rms_norm")),
        ),
    ),
    Claim(
        id="abl.rms_norm.convergence",
        section="9.1",
        statement="without RMS normalisation training converges 15 % slower",
        published="15% slower convergence without it",
        kind="quality",
        figure=printed("15", "%"),
        readings=(
            Reading(
                measure=lambda result: measured_change(result, "ablate", "rms_norm", "steps_to_text_loss"),
                waits_for=RETRAINED,
            ),
        ),
        note="To which loss is not said: here to that at which the slower of the two ended.",
    ),
)
