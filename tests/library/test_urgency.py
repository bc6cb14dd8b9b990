"""Who works in the background lets whoever is in a hurry go first."""

import threading

from library.urgency import Urgency


def test_who_rests_goes_on_when_nothing_is_urgent_any_more() -> None:
    """Not before the last of two is done; and at once when nothing is."""
    urgency, order = Urgency(), []

    def work() -> None:
        urgency.rest(60)
        order.append("background")

    urgency.rest(60)
    with urgency.hurrying():
        with urgency.hurrying():
            other = threading.Thread(target=work)
            other.start()
        order.append("urgent")
    other.join(60)

    assert order == ["urgent", "background"]


def test_nobody_rests_for_ever() -> None:
    """What takes long lets the others go on after a while."""
    urgency = Urgency()

    with urgency.hurrying():
        urgency.rest(0)
