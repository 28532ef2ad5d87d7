"""The small language about shapes: few words, whole sentences, and captions that say what the scene is."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.corpora._free_sentences import draw_free_sentence
from josie_bench.corpora._scenes import BACK_CHANNELS, Scene, draw_scene, draw_sentence, pick

seeds = st.integers(0, 100_000)


def test_a_caption_says_all_that_a_scene_is():
    scene = Scene(size="large", colour="red", shape="ring", direction="to the left", speed="slowly")
    assert scene.caption == "the large red ring is moving slowly to the left"


def test_what_stands_still_has_neither_direction_nor_speed():
    scene = Scene(size="small", colour="pink", shape="cross", direction=None, speed=None)
    assert scene.caption == "the small pink cross is standing still"


@given(seeds)
def test_a_scene_moves_with_a_speed_or_not_at_all(seed):
    scene = draw_scene(Random(seed))
    assert (scene.direction is None) == (scene.speed is None)


@given(seeds)
def test_sentences_are_lower_case_words_without_gaps(seed):
    for sentence in (draw_sentence(Random(seed)), draw_free_sentence(Random(seed))):
        assert "{" not in sentence
        assert "  " not in sentence
        assert sentence == sentence.strip().lower()


def test_the_language_has_about_sixty_words():
    draws = Random(1)
    words = {word for _ in range(5000) for word in draw_sentence(draws).split()}
    words |= {word for phrase in BACK_CHANNELS for word in phrase.split()}
    assert 55 <= len(words) <= 75


def test_each_thing_is_picked_and_a_seed_picks_the_same():
    assert {pick(Random(seed), "abc") for seed in range(50)} == set("abc")
    assert [pick(Random(7), range(100)) for _ in range(3)] == [32, 32, 32]  # random.Random(7).random() is 0.3238…
