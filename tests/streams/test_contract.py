"""Every stream: its promises, and errors of one line that say the mend."""

from __future__ import annotations

import pytest

from josie_bench.errors import MediaError
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.window import MODALITIES

STREAMS = member_names("streams")


def test_the_family_is_found_by_its_files():
    assert STREAMS == ("speech", "text", "video")


@pytest.mark.parametrize("name", STREAMS)
def test_a_member_says_what_it_is(name):
    member = find_member("streams", name)
    assert member.SUMMARY
    assert "\n" not in member.SUMMARY
    assert member.MODALITY in MODALITIES
    assert callable(member.probe)
    assert callable(member.load)


def test_each_modality_has_one_stream():
    assert sorted(find_member("streams", name).MODALITY for name in STREAMS) == sorted(MODALITIES)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(
    "content", [None, b"", b"\x00\xff\xfe no media of any kind"], ids=["missing", "empty", "garbage"]
)
def test_an_unusable_file_is_refused_in_one_line_that_names_it_and_the_mend(name, content, tmp_path):
    path = tmp_path / "thing.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        find_member("streams", name).probe(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.count(": ") >= 2, "what is wrong, then the mend"
    assert "\n" not in message
