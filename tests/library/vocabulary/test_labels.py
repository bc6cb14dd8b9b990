"""Tests of topic labels: how they are compared and cleaned."""

import pytest

from library.errors import InvalidInputError
from library.vocabulary import labels, topics
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR


def test_labels_are_compared_without_case_and_blanks():
    """Case and extra blanks do not matter when labels are compared.

    An empty label is refused.
    """
    assert labels.fold("  Letting   GO ") == labels.fold("letting go")
    assert labels.clean("  Letting   go ") == "Letting go"
    with pytest.raises(InvalidInputError):
        labels.clean(" ")


def test_synonyms_are_listed_once_and_differ_from_the_label():
    """Each synonym is listed once, in the given order. The label itself is left out."""
    typed = ["Delegating", "letting GO", "delegating", "Handing over"]

    assert labels.synonyms("Letting go", typed) == ["Delegating", "Handing over"]


def test_all_labels_of_a_topic_lead_to_it(library):
    """Label and synonyms of a topic are listed with the id of the topic."""
    with library.transaction() as db:
        topic = topics.add(db, OPERATOR, Wording(label="Letting go", synonyms=["Delegating"]))

        assert labels.preferred(db)[topic.id] == "Letting go"
        found = {one[2] for one in labels.all_labels(db) if one[0] == topic.id}
        assert found == {"Letting go", "Delegating"}
