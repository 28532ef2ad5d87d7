"""The suite that scores variants: a case each, the same but for what was switched off and the seed."""

from __future__ import annotations

from ruamel.yaml import YAML

from josie_bench.training.recipe import load_recipe
from josie_bench.training.scoring import scoring_suite
from tests.training.small import LANGUAGE, RECIPE

VARIANTS = """seeds: [0, 3]
variants:
  full: {}
  single: {ablate: [dual_stream]}
  plain: {ablate: [rms_norm]}
"""


def suite(folder, text):
    (folder / "quick.yaml").write_text(text)
    return YAML(typ="safe").load(scoring_suite(load_recipe(folder / "quick.yaml")))


def test_every_variant_of_every_seed_is_a_case_of_the_tasks_that_it_was_taught(tmp_path):
    found = suite(tmp_path, LANGUAGE.lstrip() + VARIANTS)
    assert found["defaults"] == {"preset": "tiny", "scenario": "quality", "backend": "eager"}
    assert [case["name"] for case in found["cases"]] == [
        *("words-full-0", "words-single-0", "words-plain-0", "words-full-3", "words-single-3", "words-plain-3")
    ]
    assert found["cases"][0] == {
        "name": "words-full-0",
        "tasks": ["transcribe"],  # and not `converse`, which is no task
        "modalities": ["audio"],
        "weights": ["full-0/weights.safetensors"],
        "seed": 0,
    }
    assert found["cases"][5]["ablate"] == ["rms_norm"]


def test_codecs_that_quantise_otherwise_are_heard_once_each(tmp_path):
    section = RECIPE[RECIPE.index("codec:") :]
    text = LANGUAGE.lstrip().replace("  weights: [codec.safetensors]\n", "") + section + VARIANTS
    codecs = [case for case in suite(tmp_path, text)["cases"] if case["tasks"] == ["codec"]]
    assert [case["name"] for case in codecs] == ["codec-full-0", "codec-single-0"]
    same = text.replace("  single: {ablate: [dual_stream]}\n", "")
    assert all(case["tasks"] == ["transcribe"] for case in suite(tmp_path, same)["cases"])
