"""`josie-bench engines` as a person calls it: what it prints, what it removes, what it never touches."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace

import pytest

from josie_bench.engines.manifest import read_manifest, write_manifest
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from tests.cli.calling import called, called_apart

HOUR_S = 3600
REQUEST = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))


def call(*words, cwd):
    return called_apart("engines", *words, cwd=cwd)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    find_or_build(root, REQUEST)
    return root


@pytest.fixture
def place(built, tmp_path):
    """Return a folder with five null engines in `engines`, of its own."""
    shutil.copytree(built, tmp_path / "engines")
    return tmp_path


def engine(place, component):
    (folder,) = (place / "engines").glob(f"{component}-*")
    return folder


def test_list_says_what_is_there_and_in_sum(place):
    done = call("list", cwd=place)
    assert done.returncode == 0, done.stderr
    for word in ("audio_encoder", "temporal_transformer", "null", "fp32", "ok"):
        assert word in done.stdout
    assert done.stdout.splitlines()[-1] == "5 engines, 0.0 MB, in engines"


def test_list_for_a_program_holds_the_manifests_numbers(place):
    plain = json.loads(call("list", "--json", cwd=place).stdout)
    row = next(row for row in plain["engines"] if row["component"] == "audio_encoder")
    manifest = json.loads((engine(place, "audio_encoder") / "manifest.json").read_text())
    assert (row["folder"], row["bytes"], row["state"]) == (engine(place, "audio_encoder").name, 0, "ok")
    assert (row["build_seconds"], row["peak_mib"]) == (manifest["build_seconds"], manifest["peak_mib"])
    assert row["peak_mib"] > 10
    assert plain["bytes"] == 0


@pytest.mark.parametrize("word", ["list", "verify", "gc"])
def test_a_store_that_was_never_made_is_empty_and_stays_unmade(tmp_path, word):
    done = call(word, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("0 ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["list", "verify", "gc"])
@pytest.mark.parametrize("store", ["nowhere", "file"])
def test_a_store_that_is_named_has_to_be_there(tmp_path, word, store):
    (tmp_path / "file").write_text("no folder")
    done = called("engines", word, "--engines", store, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: --engines {store}: no such folder: name the store that josie-bench build SUITE wrote to\n"
    )


def test_inspect_takes_a_folder_a_name_or_a_fingerprint(place):
    folder = engine(place, "vision_encoder")
    said = [call("inspect", word, cwd=place) for word in (f"engines/{folder.name}", "vision", folder.name[-8:-2])]
    assert [done.returncode for done in said] == [0, 0, 0]
    assert len({done.stdout for done in said}) == 1
    for word in ("state: ok", "fingerprint: ", "peak memory", "build 0", "code: ", "codes: int64", "files: none"):
        assert word in said[0].stdout, word


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            {"asked": "fp16", "status": "read", "counts": {"fp16": 3, "fp32": 1}, "others": [["softmax_2", "fp32"]]},
            "compiled layers: 3 fp16, 1 fp32; asked for fp16\n  fp32: softmax_2\n",
        ),
        ({"asked": "fp16", "status": "not read", "reason": "no GPU"}, "compiled layers: not read: no GPU\n"),
        (
            {"asked": "fp16", "status": "read"},
            "compiled layers: cannot be read: an account of compiled layers with neither layers nor a reason",
        ),
    ],
)
def test_inspect_says_what_compiled_layers_compute_in_or_why_it_is_not_known(note, said, place):
    manifest = read_manifest(engine(place, "vision_encoder"))
    write_manifest(replace(manifest, notes={"compiled": note, "target": "sm80"}))
    done = call("inspect", "vision", cwd=place)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert done.stdout.endswith('notes:\n  target: "sm80"\n')


def test_inspect_of_what_is_not_there_names_what_is_near(place):
    many, none = call("inspect", "audio", cwd=place), call("inspect", "vison_encoder", cwd=place)
    assert (many.returncode, none.returncode) == (2, 2)
    assert "audio: begins 2 engines: write more of the name of one: audio_decoder-" in many.stderr
    assert "unknown engine 'vison_encoder'" in none.stderr
    assert many.stderr.count("\n") == none.stderr.count("\n") == 1


def test_verify_names_what_a_run_would_refuse_and_what_is_not_the_store_s(place):
    assert call("verify", cwd=place).returncode == 0
    (engine(place, "audio_encoder") / "plugin.so").write_bytes(b"code")
    manifest = engine(place, "vision_encoder") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"parameters": ', '"parameters": 1'))
    (engine(place, "audio_decoder") / "manifest.json").write_text("{")
    (place / "engines" / ".building-abc").mkdir()
    (place / "engines" / "thesis.txt").write_text("mine")
    done = call("verify", cwd=place)
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    for head, name in (
        ("damaged", "plugin.so: its manifest names no such file"),
        ("damaged", "cannot read the manifest"),
        ("foreign", "josie-bench engines trust engines/vision_encoder-"),
        ("leftover", ".building-abc"),
        ("not an engine", "thesis.txt"),
    ):
        assert any(line.startswith(f"{head}: ") and name in line for line in lines), (head, name)
    assert lines[-1] == "5 engines, 3 that a run would refuse"
    assert len(lines) == 6


def test_gc_removes_what_nobody_can_use_and_nothing_else(place):
    store = place / "engines"
    (engine(place, "audio_encoder") / "plugin.so").write_bytes(b"code" * 100)
    manifest = engine(place, "vision_encoder") / "manifest.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(data | {"version": 2}))
    for name, age in ((".building-old", 2 * HOUR_S), (".building-new", 60)):
        (store / name).mkdir()
        os.utime(store / name, (time.time() - age,) * 2)
    for name in ("notes", "a-b-c-d-deadbeef"):
        (store / name).mkdir()
        (store / name / "mine.txt").write_text("mine")
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / "manifest.json").write_text("{")
    (store / "link-null-fp32-x-00000000").symlink_to(place / "elsewhere")
    before = {path.name for path in store.iterdir()}
    rehearsed = call("gc", "--dry-run", cwd=place)
    assert {path.name for path in store.iterdir()} == before
    done = call("gc", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == rehearsed.stdout.replace("would be removed", "removed")
    gone = before - {path.name for path in store.iterdir()}
    assert {name.split("-null")[0] for name in gone} == {"audio_encoder", "vision_encoder", ".building-old"}
    assert "plugin.so" in done.stdout
    assert "manifest of version 2" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("3 removed, ")
    assert (place / "elsewhere" / "manifest.json").read_text() == "{"
    assert call("verify", cwd=place).returncode == 0


def test_gc_by_age_and_of_all(place):
    assert call("gc", "--older-than", "1 h", cwd=place).stdout == "0 removed, 0 bytes\n"
    assert call("gc", "--older-than", "soon", cwd=place).returncode == 2
    time.sleep(1.1)  # a manifest's instant has whole seconds
    assert "5 would be removed" in call("gc", "--older-than", "100 ms", "--dry-run", cwd=place).stdout
    assert "5 removed" in call("gc", "--all", cwd=place).stdout
    assert [path.name for path in (place / "engines").iterdir()] == ["store.key"]


def test_an_engine_from_elsewhere_runs_once_it_is_trusted(built, place):
    (place / "engines" / "store.key").unlink()
    folder = engine(place, "audio_encoder")
    refused = call("verify", cwd=place)
    assert refused.returncode == 3
    assert "5 that a run would refuse" in refused.stdout
    done = call("trust", folder, cwd=place)
    assert done.returncode == 0, done.stderr
    assert "engine: audio_encoder, null fp32" in done.stdout
    assert "state: foreign" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(": trusted")
    assert "4 that a run would refuse" in call("verify", cwd=place).stdout


def test_a_damaged_engine_is_not_trusted(place):
    folder = engine(place, "audio_encoder")
    (folder / "plugin.so").write_bytes(b"code")
    done = call("trust", folder, cwd=place)
    assert done.returncode == 3
    assert "plugin.so: its manifest names no such file: not trusted" in done.stderr


def test_what_a_foreign_manifest_writes_does_not_steer_the_terminal(place):
    file = engine(place, "audio_encoder") / "manifest.json"
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"notes": {"\x1b[2Jx": "y"}}))
    done = call("inspect", "audio_encoder", cwd=place)
    assert "\x1b" not in done.stdout
    assert r"\x1b[2Jx" in done.stdout


SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults: {preset: tiny, window: 100 ms, windows: 8, backend: "null"}
cases:
  - name: one
"""


def test_variance_says_whether_the_same_bytes_come_out_and_keeps_nothing(tmp_path):
    (tmp_path / "quick.yaml").write_text(SUITE)
    done = call("variance", "quick.yaml", "--builds", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [line.split("│") for line in done.stdout.splitlines() if "fp32" in line]
    assert [row[2].strip() for row in rows][:2] == ["audio_encoder", "vision_encoder"]
    assert {(row[7].strip(), row[8].strip()) for row in rows} == {("0", "no files")}
    assert [path.name for path in tmp_path.iterdir()] == ["quick.yaml"]
    assert call("variance", "quick.yaml", "--builds", "1", cwd=tmp_path).returncode == 2
