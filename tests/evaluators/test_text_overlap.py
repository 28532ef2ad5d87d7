"""BLEU and chrF: sums of counts give what sacreBLEU gives."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import MediaError
from josie_bench.plugins import find_member
from josie_bench.statistics.text_overlap import OVERLAPS

SAID = ("the cat sat on the mat", "he was not an ill disposed young man", "seven of clubs and nine of hearts")
HEARD = ("the cat sat on a mat", "he was not an ill disposed man", "seven of clubs and nine of hearts")

TEXTS = st.lists(st.sampled_from(["a", "b", "cd", "e"]), max_size=7).map(" ".join)


def figure(name, counts):
    return OVERLAPS[name].of_sums(counts.sum(axis=0))


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_a_copy_scores_a_hundred(judge_of, name: str) -> None:
    found = judge_of(name)(SAID, SAID)
    assert figure(name, found) == pytest.approx(100.0)


def test_bleu_is_the_hand_worked_one(judge_of) -> None:
    # "the cat sat on a mat": 5 of 6 words (a is not there), 3 of 5 pairs, 2 of 4 triples, 1 of 3 fours; no penalty.
    found = judge_of("bleu")(HEARD[:1], SAID[:1])
    by_hand = 100 * math.exp(sum(map(math.log, (5 / 6, 3 / 5, 2 / 4, 1 / 3))) / 4)
    assert figure("bleu", found) == pytest.approx(by_hand)


def test_a_corpus_that_is_short_pays_for_it(judge_of) -> None:
    # All runs are right, seven words instead of eight: exp(1 − 8/7).
    found = judge_of("bleu")(("he was not an ill disposed young",), SAID[1:2])
    assert figure("bleu", found) == pytest.approx(100 * math.exp(1 - 8 / 7))


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_sums_of_counts_give_the_corpus_figure_of_the_library(judge_of, name: str) -> None:
    found = judge_of(name)(HEARD, SAID)
    assert found.shape == (3, len(OVERLAPS[name].counts))
    import sacrebleu

    own = {"bleu": sacrebleu.corpus_bleu, "chrf": sacrebleu.corpus_chrf}[name]
    assert figure(name, found) == pytest.approx(own(list(HEARD), [list(SAID)]).score)
    twice = found[[0, 0, 2]]
    again = own([HEARD[0], HEARD[0], HEARD[2]], [[SAID[0], SAID[0], SAID[2]]]).score
    assert figure(name, twice) == pytest.approx(again)


def test_the_identity_holds_sacrebleus_signature(judge_of) -> None:
    judge_of("bleu")
    from josie_bench.evaluators import bleu, chrf

    assert bleu.identity().settings.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert chrf.identity().settings.startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")


def test_what_are_no_pairs_is_refused(judge_of) -> None:
    for hypotheses in ((), HEARD[:2]):
        with pytest.raises(MediaError, match=r"texts and 3 references are no pairs"):
            judge_of("bleu")(hypotheses, SAID)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_sums_of_any_texts_give_what_the_library_gives(name: str, pairs: list[tuple[str, str]]) -> None:
    """Also of texts that are empty, short, or share no run of a length."""
    sacrebleu = pytest.importorskip("sacrebleu", reason="pip install 'josie-bench[quality]'")
    said, heard = ([pair[side] for pair in pairs] for side in (0, 1))
    own = {"bleu": sacrebleu.metrics.BLEU(force=True), "chrf": sacrebleu.metrics.CHRF()}[name]
    counts = find_member("evaluators", name).open_judge()(heard, said)
    assert figure(name, counts) == pytest.approx(own.corpus_score(heard, [said]).score, abs=1e-9)
