"""`josie-bench corpus` as a person calls it: what it lists, fetches and finds wrong, and the exit codes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.io import wavfile

from josie_bench import corpora
from josie_bench.corpora import _manifests
from josie_bench.corpora._manifests import items_sha256, packed
from tests.cli.calling import called
from tests.corpora.packaging import FILES, read_items, toy, toy_manifest, wav_of, write_deb

LINE = {"audio": "a.wav", "text": "Good evening to all.", "language": "en", "speaker": "toy-a", "split": "test"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Put a toy in place of the corpus `prompts`, and return its package; the others that are fetched are not here."""
    folder = tmp_path / "packages"
    folder.mkdir()
    package = write_deb(folder / "toy_1.0_all.deb", FILES)
    for path, content in FILES.items():
        (tmp_path / "plain" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plain" / path).write_bytes(content)
    (tmp_path / "manifests").mkdir()
    manifest = replace(toy_manifest(), items_sha256=items_sha256(read_items(tmp_path / "plain")))
    for name in ("dialogues", "stamps", "prompts_en", "prompts"):
        file, content = packed(name, manifest)
        (tmp_path / "manifests" / file).write_bytes(content)
    monkeypatch.setattr(_manifests, "FOLDER", tmp_path / "manifests")
    real = corpora.find_member
    stand_in = type("Member", (), {"CORPUS": toy(package)})
    monkeypatch.setattr(
        corpora, "find_member", lambda family, name: stand_in if name == "prompts" else real(family, name)
    )
    return package


@pytest.fixture
def call(tmp_path, package):
    return lambda *words: called("corpus", *words, cwd=tmp_path)


def fetched(call):
    done = call("fetch", "prompts", "--from", "packages")
    assert done.returncode == 0, done.stderr
    return done


def test_every_corpus_is_listed_with_its_licence_and_whether_it_is_here(call):
    done = call("list")
    assert done.returncode == 0
    assert all(name in done.stdout for name in corpora.corpus_names())
    assert "corpus stamps is not in corpora: fetch it with: josie-bench corpus fetch stamps" in done.stdout
    rows = json.loads(call("list", "--json").stdout)["corpora"]
    by_name = {row["name"]: row for row in rows}
    assert by_name["stamps"]["license"] == "GPL-2.0-only"
    assert by_name["stamps"]["ships_weights"] is False
    assert by_name["prompts"] == {
        "name": "prompts",
        "summary": "a toy",
        "kind": "fetched",
        "items": {"train": 1, "test": 1},
        "hours": 0.0,
        "languages": ["en"],
        "license": "CC0-1.0",
        "credit": None,
        "ships_weights": True,
        "missing": "corpus prompts is not in corpora: fetch it with: josie-bench corpus fetch prompts",
    }
    assert by_name["mini"]["missing"] is None


def test_a_corpus_is_fetched_and_then_verified(call, tmp_path):
    assert fetched(call).stdout == "prompts: 3 files: corpora/prompts\n"
    assert (tmp_path / "corpora/prompts/usr/share/toy/a.wav").read_bytes() == FILES["usr/share/toy/a.wav"]
    done = call("verify", "prompts")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].endswith("items, no faults: prompts")


def test_what_is_in_the_package_or_made_needs_no_fetching(call):
    assert call("fetch", "mini").stdout == "mini: nothing to fetch: it is bundled\n"
    assert call("fetch", "shapes").stdout == "shapes: nothing to fetch: it is made\n"


def test_all_fetches_what_it_can_and_says_what_it_cannot(call):
    done = call("fetch", "--all", "--from", "packages")
    assert done.returncode == 3
    assert done.stdout == "prompts: 3 files: corpora/prompts\n"
    assert "packages: holds neither tuxpaint-stamps-default_2022.06.04-1_all.deb nor" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fetch",), "error: name the corpora to fetch, or say --all"),
        (("fetch", "prompts", "--all"), "error: name the corpora to fetch, or say --all"),
        (("fetch", "promts"), "error: unknown corpus 'promts': did you mean 'prompts'?"),
        (("verify", "promts"), "error: unknown corpus 'promts': did you mean 'prompts'?"),
        (("fetch", "prompts", "--from", "nowhere"), "error: --from nowhere: no such folder"),
        (("freeze", "mini", "--from", "packages"), "error: mini: nothing to freeze: it is bundled"),
    ],
)
def test_wrong_words_are_one_line_and_exit_2(call, words, said):
    done = call(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


def test_a_changed_package_is_one_line_and_exit_2(call, package):
    write_deb(package, FILES | {"more": b"1"})
    done = call("fetch", "prompts", "--from", "packages")
    assert done.returncode == 2
    assert done.stderr.startswith("error: packages/toy_1.0_all.deb: changed: its sha256 is")
    assert done.stderr.count("\n") == 1


def test_a_corpus_that_is_not_here_cannot_be_verified(call):
    done = call("verify", "prompts")
    assert done.returncode == 3
    assert done.stderr == "error: corpus prompts is not in corpora: fetch it with: josie-bench corpus fetch prompts\n"


def test_missing_changed_and_surplus_files_break_the_gate_until_they_are_fetched_again(call, tmp_path):
    fetched(call)
    root = tmp_path / "corpora/prompts"
    (root / "usr/share/toy/a.wav").unlink()
    (root / "usr/share/toy/b.wav").write_bytes(b"changed")
    (root / "surplus").write_bytes(b"")
    done = call("verify", "prompts")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:3]] == ["missing", "changed", "surplus"]
    assert done.stdout.splitlines()[-1] == "0 items, 3 faults: prompts"
    fetched(call)
    assert call("verify", "prompts").returncode == 0


@pytest.fixture
def own(tmp_path):
    """Return a function that writes a folder of one's own."""

    def write(**changes):
        folder = tmp_path / "own"
        folder.mkdir()
        (folder / "a.wav").write_bytes(wav_of(np.full(1600, 0.125)))
        (folder / "transcripts.jsonl").write_text(json.dumps(LINE | changes), encoding="utf-8")

    return write


def test_a_folder_of_one_s_own_is_held_against_what_is_trained_on(call, own):
    fetched(call)
    own()
    done = call("verify", "own")
    assert done.returncode == 1
    assert "leak: speaker 'toy-a' is in train (prompts a) and in test (own a.wav)" in done.stdout.splitlines()


def test_a_folder_of_one_s_own_without_a_leak_passes(call, own):
    own(speaker="anna")
    done = call("verify", "own")
    assert done.returncode == 0
    assert "not looked at for leaks: corpus prompts is not in corpora" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 item, no faults: own"


def test_a_recording_that_holds_no_numbers_is_no_faultless_one(call, own, tmp_path):
    own(speaker="anna")
    wavfile.write(tmp_path / "own" / "a.wav", 16_000, np.array([0.0] * 1599 + [np.nan], dtype=np.float32))
    done = call("verify", "own")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("a.wav: the file holds samples that are no finite numbers: export it again\n")


def test_a_bad_line_in_a_folder_of_one_s_own_is_one_line_and_exit_2(call, own):
    own(language="klingon")
    done = call("verify", "own")
    assert done.returncode == 2
    assert done.stderr.startswith("error: own/transcripts.jsonl:1: unknown language 'klingon'")


def test_many_faults_are_told_in_part(call, tmp_path):
    fetched(call)
    for index in range(30):
        (tmp_path / f"corpora/prompts/{index}").write_bytes(b"")
    lines = call("verify", "prompts").stdout.splitlines()
    assert lines[20] == "and 10 more"
    assert lines[21] == "0 items, 30 faults: prompts"


def test_a_manifest_is_frozen_from_packages(call, tmp_path):
    done = call("freeze", "prompts", "--from", "packages", "--output", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "out/prompts.json\n"
    frozen = _manifests.decode((tmp_path / "out/prompts.json").read_bytes())
    assert frozen.files == toy_manifest().files
    assert frozen.items_sha256 == _manifests.read_manifest("prompts").items_sha256
