"""Which files a checkpoint is: one, those of an index, or all of a folder; never one outside it."""

from __future__ import annotations

import json

import pytest

from josie_bench.errors import WeightsError
from josie_bench.model.shards import INDEX, find_shards


def write_index(folder, *names):
    (folder / INDEX).write_text(json.dumps({"weight_map": {f"key.{k}": name for k, name in enumerate(names)}}))


def refused(source):
    with pytest.raises(WeightsError) as caught:
        find_shards(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_itself_even_if_it_is_not_there(tmp_path):
    assert find_shards(tmp_path / "one.safetensors") == (tmp_path / "one.safetensors",)


def test_a_folder_without_an_index_is_all_its_safetensors(tmp_path):
    for name in ("b.safetensors", "a.safetensors", "config.json", "weights.bin"):
        (tmp_path / name).touch()
    assert [file.name for file in find_shards(tmp_path)] == ["a.safetensors", "b.safetensors"]


def test_an_index_says_which_files_count(tmp_path):
    for name in ("one.safetensors", "two.safetensors", "consolidated.safetensors"):
        (tmp_path / name).touch()
    write_index(tmp_path, "two.safetensors", "one.safetensors", "two.safetensors")
    assert [file.name for file in find_shards(tmp_path)] == ["one.safetensors", "two.safetensors"]


def test_a_shard_that_is_a_link_counts(tmp_path):
    """The hub's cache is made of links that lead out of the folder."""
    (tmp_path / "blob").touch()
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (folder / "one.safetensors").symlink_to("../blob")
    write_index(folder, "one.safetensors")
    assert find_shards(folder) == (folder / "one.safetensors",)


def test_a_folder_without_safetensors_says_what_it_holds(tmp_path):
    assert "it holds nothing" in refused(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    assert "it holds pytorch_model.bin): pickles are never read" in refused(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../../x.safetensors", "/x.safetensors", "sub/one.safetensors", "..", ".", "", "..\\x.safetensors",
     "a\0.safetensors", "C:x.safetensors", "pytorch_model.bin", ".safetensors"],
)  # fmt: skip
def test_an_index_that_leads_out_of_its_folder_is_refused(name, tmp_path):
    write_index(tmp_path, name)
    assert "which is no .safetensors file in its folder" in refused(tmp_path)


def test_a_name_that_no_system_can_have_is_not_here(tmp_path):
    write_index(tmp_path, "\ud800.safetensors")
    assert r"1 of 1 files are not here ('\ud800.safetensors')" in refused(tmp_path)


def test_shards_that_are_not_there_are_counted_and_named(tmp_path):
    (tmp_path / "1.safetensors").touch()
    write_index(tmp_path, *(f"{k}.safetensors" for k in range(1, 6)))
    told = refused(tmp_path)
    assert "4 of 5 files are not here ('2.safetensors', '3.safetensors', '4.safetensors')" in told


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_an_index_that_is_no_json_is_refused(content, tmp_path):
    (tmp_path / INDEX).write_bytes(content)
    assert "not JSON" in refused(tmp_path)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', '{"weight_map": {"a": 1}}']
)
def test_an_index_without_a_map_is_refused(content, tmp_path):
    (tmp_path / INDEX).write_text(content)
    assert "has no weight_map" in refused(tmp_path)


def test_an_index_that_is_a_folder_or_too_large_is_refused(tmp_path):
    (tmp_path / INDEX).mkdir()
    assert "Is a directory" in refused(tmp_path)
    (tmp_path / INDEX).rmdir()
    with (tmp_path / INDEX).open("wb") as stream:
        stream.truncate(2**26 + 1)
    assert "larger than any index" in refused(tmp_path)


@pytest.fixture
def closed_folder(tmp_path, request):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    request.getfixturevalue("unprivileged")
    return folder


def test_a_folder_that_may_not_be_read_is_refused(closed_folder):
    assert "Permission denied" in refused(closed_folder)
