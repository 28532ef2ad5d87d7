"""The judged items that metrics of other packages are held against."""

from __future__ import annotations

import pytest

from josie_bench.conformance.judged_items import CUES, ITEMS, judged_recording, lacking_recording
from josie_bench.metrics import scores
from josie_bench.terms.judged import REFERENCE, WHOLE


def test_what_is_compared_has_each_item_on_both_sides():
    judged = judged_recording().judged
    for task in ("codec", "transcribe", "answer"):
        assert len(judged.of(task)) == len(judged.of(task, REFERENCE)) == ITEMS


def test_the_engines_have_three_words_more_wrong():
    """15 of 120 words are wrong for both, and of the engines every tenth item from the fifth on: 3 more."""
    found = scores(judged_recording())
    assert found["wer_codec.decoded"].value == pytest.approx(18 / 120)
    assert found["wer_codec.source"].value == 0.0
    assert found["wer_codec.empty"].value == 1.0
    assert found["task_parity.wer_codec"].value == pytest.approx(3 / 120 / 0.002)
    assert found["task_parity.wer_codec"].interval.high > 1.0
    assert found["task_parity.pesq"].value == 0.0
    assert found["wer_text.empty"].value == 1.0
    assert found["wer_text.frequent"].value == pytest.approx(3 / 4)
    assert found["exact_match.transcribe"].value == pytest.approx(12 / 30)
    assert found["exact_match.describe"].value == pytest.approx(12 / 30)
    assert found["exact_match.describe_blind"].value == 0.0
    assert found["exact_match.answer"].value == pytest.approx(12 / 30)
    assert found["exact_match.answer_blind"].value == 0.0
    assert found["dnsmos.p808.difference"].value == pytest.approx(-1.0)
    noise = [found[key].value for key in ("dnsmos.p808.noise", "pesq.noise", "stoi.noise")]
    assert noise == pytest.approx([1.5, 1.1, 0.3])
    assert found["vision_psnr.flat"].value == 20.0
    assert found["rfid.flat"].value > 4 * 8.0**2  # of four features each 9 away, and half as far apart
    assert found["kid.flat"].value > found["kid.frames"].value
    assert found["vision_psnr.mean"].value == pytest.approx(30.0 + 0.01 * 29 / 2)
    assert found["rfid.frames"].value == pytest.approx(4 * 1.5**2, rel=1e-3)  # of four features each 1.5 away
    assert found["rfid_64.frames"].value == pytest.approx(2**2 * found["rfid.frames"].value)  # each twice as far
    assert found["rfid_64.flat"].value == pytest.approx(2**2 * found["rfid.flat"].value)
    assert found["kid.frames"].value > 0
    assert found["task_parity.kid"].value > 1.0  # the reference's are 1.0 away
    assert found["task_parity.vision_psnr"].value == 0.0


def test_conversations_and_cues_are_of_the_engines_alone():
    judged = judged_recording().judged
    for task, count in (("conversation", ITEMS), ("alignment", CUES)):
        assert (len(judged.of(task)), judged.of(task, REFERENCE)) == (count, ())
    found = scores(judged_recording())
    assert found["response_timing.right"].value == 1.0
    assert found["alignment.bias"].value == pytest.approx(10.0 + 4.0 * 18.5)  # each of 0 to 37 five times


def test_where_something_is_lost_three_words_more_are_wrong_than_with_everything():
    judged = lacking_recording().judged
    assert len(judged.of("transcribe")) == len(judged.of("transcribe", WHOLE)) == ITEMS
    found = scores(lacking_recording())
    assert found["retention.transcribe"].value == pytest.approx(15 / 18)
    assert found["retention.transcribe.difference"].value == pytest.approx(-3 / 120)
    assert found["retention.conversation"].value == 1.0
    assert found["retention.describe"].value == found["retention.answer"].value == pytest.approx(12 / 15)
    assert found["retention.macro"].value == pytest.approx((15 / 18 + 12 / 15 + 12 / 15 + 1.0) / 4)
    assert not any(key.startswith("retention") for key in scores(judged_recording()))
