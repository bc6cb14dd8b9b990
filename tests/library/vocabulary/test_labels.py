"""Tests of topic labels: comparison and cleaning."""

import pytest

from library.errors import InvalidInputError
from library.vocabulary import labels, topics
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR


def test_labels_are_compared_without_case_and_blanks():
    """Labels are compared without case and blanks, and an empty label is refused."""
    assert labels.fold("  Letting   GO ") == labels.fold("letting go")
    assert labels.clean("  Letting   go ") == "Letting go"
    with pytest.raises(InvalidInputError):
        labels.clean(" ")


def test_synonyms_are_listed_once_and_differ_from_the_label():
    """Synonyms are listed once, in order, and without the label itself."""
    given = ["Delegating", "letting GO", "delegating", "Handing over"]

    assert labels.synonyms("Letting go", given) == ["Delegating", "Handing over"]


def test_all_labels_of_a_topic_lead_to_it(library):
    """All labels of a topic are listed with its id."""
    with library.transaction() as db:
        topic = topics.add(db, OPERATOR, Wording(label="Letting go", synonyms=["Delegating"]))

        assert labels.preferred(db)[topic.id] == "Letting go"
        found = {one[2] for one in labels.all_labels(db) if one[0] == topic.id}
        assert found == {"Letting go", "Delegating"}
