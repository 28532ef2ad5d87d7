"""What the family shares: finding and describing files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from josie_bench.errors import MediaError
from josie_bench.streams import (
    BUNDLED_FOLDER,
    MediaFile,
    describe,
    find_files,
    find_recordings,
    reason,
    recordings_sha256,
    require_bytes,
)

MEDIA = json.loads((BUNDLED_FOLDER / "media.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", MEDIA, ids=lambda entry: entry["file"])
def test_a_bundled_file_has_the_recorded_digest(entry):
    assert hashlib.sha256((BUNDLED_FOLDER / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


def test_every_bundled_file_is_recorded_and_every_record_has_its_file():
    lying = {p.relative_to(BUNDLED_FOLDER).as_posix() for p in BUNDLED_FOLDER.glob("*/*")}
    assert lying == {entry["file"] for entry in MEDIA}


def test_the_notice_names_every_file_with_both_digests_and_its_source():
    sections = (BUNDLED_FOLDER / "NOTICE.md").read_text(encoding="utf-8").split("\n## ")
    for entry in MEDIA:
        section = next(text for text in sections if text.startswith(f"`{entry['file']}`"))
        for fact in ("sha256", "original_sha256", "source", "original_path", "changes", "license"):
            assert entry[fact] in section, fact


def test_recordings_are_unchanged_and_the_clip_is_small():
    assert all(entry["sha256"] == entry["original_sha256"] for entry in MEDIA if entry["modality"] == "audio")
    assert (BUNDLED_FOLDER / "video/cockatoo.mp4").stat().st_size < 400_000


def test_transcripts_belong_to_the_bundled_recordings():
    spoken = json.loads((BUNDLED_FOLDER / "transcripts.json").read_text(encoding="utf-8"))
    assert sorted(spoken) == sorted(entry["file"].split("/")[1] for entry in MEDIA if entry["modality"] == "audio")


def test_a_folder_gives_its_files_sorted_by_name_without_the_others(tmp_path):
    for name in ("b.wav", "a.WAV", "c.txt", ".hidden.wav"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "d.wav").mkdir()
    found = find_files(str(tmp_path), folder="speech", suffixes=(".wav",))
    assert [path.name for path in found] == ["a.WAV", "b.wav"]


def test_a_folder_without_such_files_is_refused(tmp_path):
    with pytest.raises(MediaError, match=r"holds no file to use: put one in \(\.flac \.wav\), or write `bundled`"):
        find_files(str(tmp_path), folder="speech", suffixes=(".wav", ".flac"))


def test_a_named_file_may_have_any_suffix(tmp_path):
    path = tmp_path / "take.one"
    path.write_bytes(b"x")
    assert find_files(str(path), folder="speech", suffixes=(".wav",)) == (path,)


def test_a_name_too_long_for_the_file_system_is_refused_too():
    with pytest.raises(MediaError):
        find_files("x" * 5000, folder="speech", suffixes=(".wav",))


def test_a_file_is_described_by_its_name_and_digest_but_not_its_folder(tmp_path):
    path = tmp_path / "mine.wav"
    path.write_bytes(b"abc")
    file = describe(path, "audio")
    assert (file.name, file.modality, file.license) == ("mine.wav", "audio", "user")
    assert file.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2's example


def test_a_bundled_file_carries_its_licence():
    assert describe(BUNDLED_FOLDER / "video/cockatoo.mp4", "vision").license == "BSD-2-Clause"


def test_an_unreadable_place_is_refused(tmp_path):
    with pytest.raises(MediaError, match="cannot be read"):
        require_bytes(tmp_path / "gone.wav")
    with pytest.raises(MediaError, match="cannot be read"):
        describe(tmp_path / "gone.wav", "audio")


def test_a_decoders_reason_is_one_line():
    assert reason(ValueError("first.\nsecond")) == "first"
    assert reason(ValueError()) == "ValueError"
    assert reason(OSError(2, "No such file")) == "No such file"


def test_recordings_are_found_stream_by_stream_in_order(tmp_path):
    for name in ("b.wav", "a.wav", "c.mp4", "notes.txt"):
        (tmp_path / name).write_bytes(name.encode())
    files = find_recordings({"video": str(tmp_path), "speech": str(tmp_path / "b.wav")})
    assert [(file.modality, file.name) for file in files] == [("vision", "c.mp4"), ("audio", "b.wav")]
    assert files[1].sha256 == hashlib.sha256(b"b.wav").hexdigest()
    with pytest.raises(MediaError, match="no such file or folder"):
        find_recordings({"speech": str(tmp_path / "gone")})


def test_recordings_are_told_by_content_order_and_what_they_feed(tmp_path):
    one, other = (MediaFile(modality="audio", name=name, sha256=name * 64, license="user") for name in "12")
    renamed, seen = replace(one, name="x"), replace(one, modality="vision")
    digests = [recordings_sha256(files) for files in ([one, other], [renamed, other], [other, one], [one], [seen])]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
