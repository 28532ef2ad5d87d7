"""What lies in a store is told apart: engines, leftovers, and what is somebody's own."""

from __future__ import annotations

import json
import resource
import shutil

import pytest

from josie_bench.engines.inventory import find_folder, is_engine_folder, look_at, take_inventory, trust
from josie_bench.engines.manifest import read_manifest
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import EngineError, OutputError, UsageError
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

REQUEST = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    find_or_build(root, REQUEST)
    return root


@pytest.fixture
def root(built, tmp_path):
    return shutil.copytree(built, tmp_path / "store")


def engine(root, component="audio_encoder"):
    (folder,) = root.glob(f"{component}-*")
    return folder


def test_everything_is_one_of_three(root):
    (root / ".building-1").mkdir()
    (root / ".removing-1").mkdir()
    (root / ".lock-x").write_text("")
    (root / "README.md").write_text("")
    (root / "mine").mkdir()
    found = take_inventory(root, is_thorough=True)
    assert [entry.state for entry in found.engines] == ["ok"] * 5
    assert [path.name for path in found.leftovers] == [".building-1", ".lock-x", ".removing-1"]
    assert [path.name for path in found.others] == ["mine"]


def test_only_a_thorough_look_reads_the_files(root):
    (engine(root) / "more").write_text("")
    assert look_at(engine(root), is_thorough=False).state == "ok"
    assert look_at(engine(root), is_thorough=True).state == "damaged"


def test_an_engine_s_folder_has_its_name_and_a_manifest_and_is_no_link(root):
    folder = engine(root)
    assert is_engine_folder(folder)
    assert not is_engine_folder(folder.rename(root / "renamed"))
    (root / folder.name).symlink_to(root / "renamed")
    assert not is_engine_folder(root / folder.name)
    (root / "audio_encoder-null-fp32-x86_64-0123abcd").mkdir()
    assert not is_engine_folder(root / "audio_encoder-null-fp32-x86_64-0123abcd")


def test_an_engine_under_another_s_name_is_damaged(root):
    folder = engine(root)
    other = folder.rename(folder.with_name(f"{folder.name[:-8]}00000000"))
    assert "built from something else" in look_at(other, is_thorough=False).fault


@pytest.mark.parametrize("key", ["recipe", "files", "built", "seal", "version", "signature", "notes"])
@pytest.mark.parametrize("value", [None, [], 7, "x", float("nan"), {"x": {"x": 1}}], ids=repr)
def test_no_manifest_makes_it_fall_and_none_is_believed(root, key, value):
    file = engine(root) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    assert look_at(engine(root), is_thorough=True).state != "ok"
    with pytest.raises(EngineError):
        read_manifest(engine(root))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"parameters": "12"}, "a number"),
        ({"build_seconds": None}, "a number"),
        ({"build_seconds": -1.0}, "a number"),
        ({"build_seconds": float("nan")}, "a number"),
        ({"peak_mib": [1]}, "a number"),
        ({"phase_seconds": {"build": 2**63}}, "a number"),
        ({"phase_seconds": 1}, "a table"),
        ({"version": "3"}, "a number"),
        ({"notes": {"note": "\ud800"}}, "surrogate"),
        ({"seal": "\ud800"}, "surrogate"),
        ({"files": {"engine.bin": {"bytes": "7", "sha256": "0"}}}, "a number"),
        ({"files": {"engine.bin": {"bytes": 7, "sha256": 0}}}, "no text"),
        ({"files": {"engine.bin": [7]}}, "a table"),
        ({"signature": {"inputs": [{"name": {}, "dtype": "bool", "axes": []}], "state": [], "outputs": []}}, "no text"),
    ],
    ids=repr,
)
def test_a_manifest_edited_by_hand_is_damaged_and_says_what_of_it(root, edit, said):
    file = engine(root) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | edit))
    found = look_at(engine(root), is_thorough=False)
    assert found.state == "damaged"
    assert said in found.fault
    with pytest.raises(EngineError, match="delete the folder"):
        read_manifest(engine(root))


@pytest.mark.parametrize("tools", [7, "x", [1]], ids=repr)
def test_libraries_that_are_no_table_are_damage(root, tools):
    file = engine(root) / "manifest.json"
    plain = json.loads(file.read_text())
    plain["recipe"]["made_of"]["tools"] = tools
    file.write_text(json.dumps(plain))
    assert "a table" in look_at(engine(root), is_thorough=False).fault


def test_a_file_whose_name_no_file_can_have_is_missing(root):
    file = engine(root) / "manifest.json"
    entry = {"bytes": 1, "sha256": "0" * 64}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"files": {"a" * 300: entry}}))
    assert look_at(engine(root), is_thorough=True).fault.endswith("it is missing")


def test_trust_seals_what_is_whole(root):
    (root / "store.key").unlink()
    assert look_at(engine(root), is_thorough=True).state == "foreign"
    trust(engine(root))
    assert look_at(engine(root), is_thorough=True).state == "ok"
    (engine(root) / "more").write_text("")
    with pytest.raises(EngineError, match="not trusted"):
        trust(engine(root))


def test_trust_on_a_full_disk_leaves_the_manifest_as_it_was(root):
    before = {file.name: file.read_bytes() for file in engine(root).iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OutputError, match=r"manifest\.json: a file may not become so large"):
            trust(engine(root))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {file.name: file.read_bytes() for file in engine(root).iterdir()} == before


def test_an_older_manifest_is_not_trusted_either(root):
    file = engine(root) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 2}))
    with pytest.raises(EngineError, match="another version"):
        trust(engine(root))


def test_a_folder_is_found_by_path_and_by_beginnings(root):
    folder = engine(root)
    assert find_folder(root, str(folder)) == folder
    assert find_folder(root, "audio_e") == folder
    assert find_folder(root, folder.name[-8:]) == folder
    for name, complaint in (("audio", "begins 2 engines"), ("zzz", "unknown engine"), ("", "unknown engine")):
        with pytest.raises(UsageError, match=complaint):
            find_folder(root, name)
    with pytest.raises(UsageError, match="no engines here: build some"):
        find_folder(root / "nowhere", "x")
