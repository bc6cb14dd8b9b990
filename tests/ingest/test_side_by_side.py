"""Pieces of work that several hands do at once."""

import threading
from functools import partial

import pytest

from ingest.side_by_side import in_turn


def test_results_come_in_order_whoever_is_faster():
    """The second piece is done before the first, and given after it."""
    second_done = threading.Event()

    def first(hand, say):
        second_done.wait()
        return "first"

    def second(hand, say):
        second_done.set()
        return "second"

    assert list(in_turn([first, second], ["left", "right"], lambda _: None)) == ["first", "second"]


def test_each_hand_does_one_piece_at_a_time():
    """Two hands never hold the same piece, and no hand holds two."""
    held, most = set(), []

    def work(hand, say):
        assert hand not in held
        held.add(hand)
        most.append(len(held))
        held.remove(hand)
        return hand

    assert len(list(in_turn([work] * 20, ["left", "right"], lambda _: None))) == 20
    assert max(most) <= 2


def test_what_goes_wrong_in_a_piece_reaches_the_caller():
    """An error ends the work with itself."""

    def broken(hand, say):
        raise ValueError("ears")

    with pytest.raises(ValueError, match="ears"):
        list(in_turn([broken], ["left"], lambda _: None))


def test_progress_is_told_by_the_callers_own_thread():
    """Reports reach the caller where its database belongs, and end with all pieces."""
    told = []

    list(
        in_turn(
            [lambda hand, say: say(0.5)] * 3,
            ["left", "right"],
            lambda done: told.append((done, threading.current_thread())),
        )
    )

    assert told[-1] == (3.0, threading.main_thread())
    assert {thread for _, thread in told} == {threading.main_thread()}


def test_the_work_ends_when_the_caller_leaves():
    """Once nobody waits, a piece stops at its next report."""
    begun = threading.Event()

    def endless(hand, say):
        begun.set()
        while True:
            say(0.1)

    walk = in_turn([lambda hand, say: "done", partial(endless)], ["left", "right"], lambda _: None)
    assert next(walk) == "done"
    begun.wait()

    walk.close()

    assert walk.gi_frame is None  # and its threads are over: closing waits for them
