"""Files of the kernel, from one that looks like them."""

from __future__ import annotations

from josie_bench.probes._kernel_files import counts, text
from tests.probes.kernel_files import put


def test_lines_of_a_name_and_a_whole_number_are_counts(tmp_path):
    put(tmp_path, "vmstat", "pswpin 256\nnr_free -3\nsome avg10=0.00 total=5\nlone\npswpout 512\n")
    assert counts(tmp_path / "vmstat") == {"pswpin": 256, "pswpout": 512}


def test_what_cannot_be_read_is_empty(tmp_path):
    assert (text(tmp_path / "gone"), counts(tmp_path / "gone")) == ("", {})
    assert text(tmp_path) == ""


def test_bytes_that_are_no_text_do_not_stop_the_rest(tmp_path):
    (tmp_path / "stat").write_bytes(b"12 (\xff) S")
    assert text(tmp_path / "stat") == "12 (\ufffd) S"
