"""The contract that every task keeps; a new one is tested by existing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from josie_bench.corpora import corpus_names, find_corpus
from josie_bench.evaluators import NORMALISER, RECOGNISER
from josie_bench.model.sizes import COMPONENTS
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.judged import PIXEL_DECODER

NAMES = member_names("tasks")
every_task = pytest.mark.parametrize("name", NAMES)


@every_task
def test_it_says_what_it_is(name):
    member = find_member("tasks", name)
    assert (member.__doc__ or "").startswith(f"`{name}`: ")
    assert member.SUMMARY and "\n" not in member.SUMMARY and not member.SUMMARY.endswith(".")


@every_task
def test_it_calls_components_that_there_are_and_takes_a_corpus_that_there_is(name):
    member = find_member("tasks", name)
    assert member.COMPONENTS and set(member.COMPONENTS) <= set(COMPONENTS)
    assert member.CORPUS in corpus_names()


@every_task
def test_it_asks_judges_by_their_roles(name):
    asked = find_member("tasks", name).JUDGES
    assert set(asked) <= {RECOGNISER, NORMALISER, PIXEL_DECODER, *member_names("evaluators")}
    assert len(set(asked)) == len(asked)


@every_task
def test_it_takes_items_of_its_own_corpus_and_none_of_a_corpus_of_lines(name):
    member = find_member("tasks", name)
    usual, lines = (
        OpenCorpus(name=corpus, corpus=find_corpus(corpus), root=None, items=())
        for corpus in (member.CORPUS, "dialogues")
    )
    item = Item(id="a", split="test", speaker="s", transcript="one two three four")
    made = usual.corpus.kind == "made"
    assert member.can_use(usual.corpus.read_items(Path())[0] if made else item, usual)
    assert not member.can_use(item, lines)


def test_looking_for_tasks_loads_no_inference_library():
    code = (
        "import sys\nfrom josie_bench.plugins import find_member, member_names\n"
        "for name in member_names('tasks'): find_member('tasks', name)\n"
        "print([m for m in ('torch', 'onnxruntime', 'faster_whisper') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
