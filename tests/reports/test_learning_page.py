"""The page of a training's curves: their ends in a table, losses and shares drawn apart, nothing unescaped."""

from __future__ import annotations

from josie_bench.reports._learning_page import to_html
from josie_bench.terms.progress import Progress


def line(step, loss, **held_out):
    return Progress(step=step, lr=0.1, losses={"text": loss}, elapsed_s=2.0 * step, held_out=held_out)


LINES = [line(20, 3.0, answer_text=4.0, answer_words=0.25), line(40, 1.5)]


def test_the_table_has_each_curve_s_end_and_what_was_last_held_out():
    page = to_html({"language": LINES, "codec": []}, "mine", "1.0")
    assert "<h1>mine</h1>" in page
    assert "text 1.50" in page
    assert "answer_text 4.00; answer_words 0.250" in page
    assert ">80<" in page.replace(" ", "")  # seconds
    assert "codec" not in page.partition("<script")[0]


def test_what_is_learnt_what_is_held_out_and_what_is_right_are_drawn_apart():
    page = to_html({"language": LINES}, "mine", "1.0")
    assert all(f'id="{key}-0"' in page for key in ("learnt", "held-out", "right"))
    assert "text,all,20,3" in page
    assert "text,answer,20,4" in page
    assert "words,answer,20,0.25" in page
    alone = to_html({"vision": [Progress(step=20, lr=0.1, losses={"pixels": 1.0}, elapsed_s=1.0)]}, "mine", "1.0")
    assert 'id="held-out-0"' not in alone
    assert "pixels,all,20,1" in alone


def test_names_are_escaped():
    page = to_html({"<b>place": LINES}, "<i>name", "1.0")
    assert "<b>place" not in page
    assert "<i>name" not in page
