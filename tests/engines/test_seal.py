"""The store's seal: made once, by one of many, and worth nothing elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from josie_bench.engines.manifest import read_manifest
from josie_bench.engines.seal import KEY_FILE, is_sealed, make_seal, read_key
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import EngineError, OutputError
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

REQUEST = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
CONTENT = {"files": {"engine.bin": {"bytes": 3}}, "built": "today"}


def test_a_seal_holds_for_what_was_sealed_and_nothing_else(tmp_path):
    seal = make_seal(tmp_path, CONTENT)
    assert is_sealed(tmp_path, dict(reversed(CONTENT.items())), seal)
    assert not is_sealed(tmp_path, CONTENT | {"built": "tomorrow"}, seal)
    assert not is_sealed(tmp_path, CONTENT, "")
    assert not is_sealed(tmp_path, CONTENT, "é")
    assert make_seal(tmp_path, CONTENT) == seal


def test_another_store_s_seal_is_worth_nothing(tmp_path):
    seal = make_seal(tmp_path / "a", CONTENT)
    assert not is_sealed(tmp_path / "b", CONTENT, seal)
    make_seal(tmp_path / "b", CONTENT)
    assert not is_sealed(tmp_path / "b", CONTENT, seal)


def test_the_secret_is_its_owner_s_alone(tmp_path):
    make_seal(tmp_path, CONTENT)
    file = tmp_path / KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    file.chmod(0o644)
    with pytest.raises(EngineError, match=r"store\.key: open to others.*chmod 600"):
        read_key(tmp_path)


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "ab" * 33, "é" * 32])
def test_what_is_no_secret_is_refused_in_one_line(tmp_path, text):
    (tmp_path / KEY_FILE).write_text(text)
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(EngineError, match="not a store's secret: delete it") as refused:
        read_key(tmp_path)
    assert "\n" not in str(refused.value)


def test_many_processes_at_once_make_one_secret(tmp_path):
    code = (
        "import sys, pathlib; from josie_bench.engines.seal import make_seal\n"
        "print(make_seal(pathlib.Path(sys.argv[1]), {}))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    seals = {maker.communicate(timeout=60)[0] for maker in makers}
    assert len(seals) == 1
    assert all(maker.returncode == 0 for maker in makers)
    assert [path.name for path in (tmp_path / "store").iterdir()] == [KEY_FILE]


def test_a_full_disk_leaves_no_half_secret(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("josie_bench.engines.seal.os.fsync", full)
    with pytest.raises(OutputError, match=r"store\.key: cannot write .*No space left"):
        make_seal(tmp_path, CONTENT)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_copied_from_another_store_is_refused_with_its_mend(tmp_path):
    engine = find_or_build(tmp_path / "theirs", REQUEST)[0]["audio_encoder"]
    copy = shutil.copytree(engine.folder, tmp_path / "ours" / engine.folder.name)
    with pytest.raises(EngineError, match=f"not built in this store.*josie-bench engines trust {copy}") as refused:
        find_or_build(tmp_path / "ours", REQUEST)
    assert "\n" not in str(refused.value)


def test_a_manifest_changed_by_hand_is_refused(tmp_path):
    engine = find_or_build(tmp_path, REQUEST)[0]["audio_encoder"]
    file = engine.folder / "manifest.json"
    file.write_text(file.read_text().replace('"parameters": ', '"parameters": 1'))
    with pytest.raises(EngineError, match="not built in this store"):
        read_manifest(engine.folder)


def test_a_store_moved_as_a_whole_keeps_its_trust(tmp_path):
    find_or_build(tmp_path / "here", REQUEST)
    (tmp_path / "here").rename(tmp_path / "there")
    assert find_or_build(tmp_path / "there", REQUEST)[1] == frozenset()
