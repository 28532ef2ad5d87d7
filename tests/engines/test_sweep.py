"""What may go and what may not, at instants of our choosing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from josie_bench.engines.inventory import Entry, Inventory, take_inventory
from josie_bench.engines.lock import alone, marked_in_use
from josie_bench.engines.manifest import Manifest, make_recipe
from josie_bench.engines.sweep import Removal, bytes_of, plan_sweep, remove
from josie_bench.errors import OutputError
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def entry(tmp_path):
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    folder = tmp_path / recipe.folder_name
    folder.mkdir()
    (folder / "engine.bin").write_bytes(b"12345")
    manifest = Manifest(
        recipe=recipe, signature=Signature(inputs=(), state=(), outputs=()), folder=folder, files={}, parameters=0,
        weights_sha256="", built="2026-05-01T12:00:00+00:00", build_seconds=0.0,
    )  # fmt: skip
    return Entry(folder=folder, manifest=manifest, fault=None, stale=None, is_foreign=False)


def plan(*engines, **more):
    return [removal.why for removal in plan_sweep(Inventory(engines=engines, leftovers=(), others=()), NOON, **more)]


def test_a_folder_that_is_called_like_a_lock_is_nobody_s_and_stays(tmp_path):
    (tmp_path / ".lock-mine").mkdir()
    found = take_inventory(tmp_path, is_thorough=True)
    assert [path.name for path in found.others] == [".lock-mine"]
    assert plan_sweep(found, NOON, is_all=True) == ()


def test_a_sound_engine_of_today_stays_and_a_foreign_one_too(entry):
    assert plan(entry, replace(entry, is_foreign=True)) == []


def test_damaged_and_outdated_ones_go_with_the_reason(entry):
    broken, old = replace(entry, fault="x: broken"), replace(entry, stale="built by other code", is_foreign=True)
    assert plan(broken, old) == ["damaged: x: broken", "outdated: built by other code"]
    assert plan(replace(broken, manifest=None)) == ["damaged: x: broken"]


def test_age_counts_from_the_build(entry):
    day_s = 86_400.0
    assert plan(entry, older_than_s=31 * day_s) == []  # it was built 31 days before, to the second
    assert plan(entry, older_than_s=30 * day_s) == ["built 2026-05-01"]
    assert plan(entry, is_all=True) == ["all"]


def left(root, *, now, **more):
    inventory = take_inventory(root, is_thorough=False)
    return {removal.path.name: removal.why for removal in plan_sweep(inventory, now, **more)}


def test_leftovers_go_when_nobody_works_in_them(tmp_path):
    for name in (".building-dead", ".building-alive", ".removing-x"):
        (tmp_path / name).mkdir()
    (tmp_path / ".lock-idle").write_text("")
    (tmp_path / ".building-link").symlink_to(tmp_path / ".building-dead")
    now = datetime.now(UTC)
    later = now + timedelta(hours=2)
    with marked_in_use(tmp_path / ".building-alive"), alone(tmp_path, "held"):
        always = {".removing-x": "half removed", ".lock-idle": "a dead builder's lock"}
        assert left(tmp_path, now=now) == always
        assert left(tmp_path, now=now, is_all=True) == always | {".building-dead": "half built"}
        assert left(tmp_path, now=later) == always | {".building-dead": "half built"}


def test_what_is_removed_is_gone_and_counted(entry, tmp_path):
    (entry.folder / "deep").mkdir()
    (entry.folder / "deep" / "more").write_bytes(b"123")
    (tmp_path / "kept").write_text("kept")
    (entry.folder / "link").symlink_to(tmp_path / "kept")
    assert bytes_of(entry.folder) == 8 + len(str(tmp_path / "kept"))
    lock = tmp_path / ".lock-x"
    lock.write_text("")
    for path in (entry.folder, lock, tmp_path / "gone"):
        remove(Removal(path=path, why="", byte_count=0))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_removal_that_is_cut_short_leaves_no_engine(entry, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path / "engine.bin"))

    monkeypatch.setattr("josie_bench.engines.sweep.shutil.rmtree", refuse)
    with pytest.raises(OutputError, match=r"engine\.bin: cannot be removed: Permission denied"):
        remove(Removal(path=entry.folder, why="", byte_count=0))
    assert not entry.folder.exists()
    assert [path.name.startswith(".removing-") for path in tmp_path.iterdir()] == [True]
