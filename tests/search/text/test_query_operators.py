"""Tests of finding the operators of a question."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.query_operators import Operator, find_operators, plain_text, taken_back


def found(question: str) -> list[tuple[str, str]]:
    """Return kind and value of each operator of a question."""
    return [(operator.kind.value, operator.value) for operator in find_operators(question)]


def dated(question: str) -> Operator:
    """Return the only operator of a question."""
    (operator,) = find_operators(question)
    return operator


@pytest.mark.parametrize(
    ("question", "operators"),
    [
        ('who said "tell me more"?', [("phrase", "tell me more")]),
        ("“tell me more” or „sag mir“", [("phrase", "tell me more"), ("phrase", "sag mir")]),
        ("« dis-moi » encore", [("phrase", "dis-moi")]),
        ("budget -travel \N{MINUS SIGN}hotel", [("without", "travel"), ("without", "hotel")]),
        ('budget -"next year" -follow-up', [("without", "next year"), ("without", "follow-up")]),
        ("budget speaker:Ann", [("speaker", "Ann")]),
        ('Speaker:"Ann Lee" SPEAKER:“Bo”', [("speaker", "Ann Lee"), ("speaker", "Bo")]),
        (
            "topic:hiring after:2019 (before:2020-05-01)",
            [("topic", "hiring"), ("after", "2019"), ("before", "2020-05-01")],
        ),
    ],
)
def test_operators_stand_at_the_beginning_of_a_word(question: str, operators: list) -> None:
    """Phrases, excluded words and named operators are found with their values."""
    assert found(question) == operators


@pytest.mark.parametrize(
    "question",
    [
        "Re: budget",
        "C++ - why",
        "from 10:30 to 11:00",
        "speaker: who was she",
        "the speaker:",
        'she said "wait',
        'speaker:"Ann Lee',
        "a follow-up e-mail",
        "it was -10 degrees",
        'a 5" pipe and a 6" valve',
        "--help -- please",
        "before: 2019",
        "a:b -speaker:Ann",
        "loudspeaker:Ann",
    ],
)
def test_everything_else_is_plain_text(question: str) -> None:
    """Colons, hyphens, numbers with a minus and quotation marks in a text are no operators."""
    assert found(question) == []
    assert plain_text(question, find_operators(question)) == question


def test_dates_name_a_year_a_month_or_a_day() -> None:
    """`after:` begins on the first day that its date names; `before:` ends the day before it."""
    assert dated("after:2019").since == date(2019, 1, 1)
    assert dated("after:2019-06").since == date(2019, 6, 1)
    assert dated("after:2019-06-15").since == date(2019, 6, 15)
    assert dated("before:2020").until == date(2019, 12, 31)
    assert dated("before:2020-03-01").until == date(2020, 2, 29)
    assert dated("before:0001").until is None
    assert [dated(f"after:{text}").since for text in ("2019-13", "lunch", "19", "0000")] == [
        None
    ] * 4


def test_an_operator_is_taken_back_alone() -> None:
    """Without one operator, the rest of the question stays. The words of a phrase stay, too."""
    question = 'why "tell me more" -never speaker:"Ann Lee" now'
    phrase, without, speaker = find_operators(question)

    assert taken_back(question, phrase) == 'why tell me more -never speaker:"Ann Lee" now'
    assert taken_back(question, without) == 'why "tell me more" speaker:"Ann Lee" now'
    assert taken_back(question, speaker) == 'why "tell me more" -never now'
    assert plain_text(question, [phrase, without, speaker]) == "why tell me more now"


@given(st.text(alphabet='"“”«»-: ab1(', max_size=40))
def test_any_text_is_read(question: str) -> None:
    """Operators of any text are in order, do not overlap, and can be taken back one by one."""
    operators = find_operators(question)

    ends = [0, *(operator.end for operator in operators)]
    assert all(operator.start >= end for operator, end in zip(operators, ends, strict=False))
    for operator in operators:
        assert len(taken_back(question, operator)) <= len(question)
