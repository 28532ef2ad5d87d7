"""The rules of a conversation: what a case has that says nothing."""

from __future__ import annotations

from josie_bench.terms.conversation import MODES, SILENCE, TURN_TAKING, Conversation


def test_by_itself_a_conversation_is_in_real_time_and_follows_the_recording():
    rules = Conversation()
    assert (rules.mode, rules.turn_taking, rules.silence) == (MODES[0], TURN_TAKING[0], SILENCE[0])
    assert (rules.mode, rules.turn_taking, rules.silence) == ("realtime", "recording", "drawn")
