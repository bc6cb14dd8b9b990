"""Training pairs of the text encoder: questions with passages that answer in other words.

The items are in benchmarks/encoder_data (docs/encoder.md says where they come from). Each item has
a need, questions about it, passages that answer, passages with the same words that do not answer,
and a question on the same subject that stays open. `transcripts.jsonl` has questions with passages
that answer in the same words, from meetings (QMSum) and from articles that were read aloud
(Spoken-SQuAD).
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

DATA = Path(__file__).with_name("encoder_data")

STRETCH = (40, 75)  # words of a stretch, fewest and most
NAMED = 0.7  # share of passages with a speaker's name
REPLYING = 0.3  # share of passages that begin with a line of the other speaker
HARD = 0.6  # share of pairs with a hard negative
BY_NAME = 0.06  # share of pairs in which the speaker's name decides
SENTENCE = re.compile(r"(?<=[.!?…])\s+")
QUESTIONS = ("sentence", "short", "vague")
LANGUAGES = ("de", "es", "fr", "pt")
ASKING_FOR = {
    "en": (
        "What does {name} say about {about}?",
        "{name} on {about}",
        "what did {name} tell about {about}",
    ),
    "de": ("Was sagt {name} über {about}?",),
    "es": ("¿Qué dice {name} sobre {about}?",),
    "fr": ("Que dit {name} sur {about} ?",),
    "pt": ("O que diz {name} sobre {about}?",),
}
FIRST = """
Ada Amir Anke Bela Bruno Carmen Chidi Dana Deniz Elif Emeka Farah Femi Greta Hana Henrik Ines Ivo
Jonas Kaja Kofi Lars Leila Lucia Maja Malik Marta Mei Milan Nadia Nils Nora Olga Oskar Paula Petra
Rafael Rania Rosa Samir Sanne Selma Stefan Tarik Tessa Tomas Vera Viktor Wanda Yara Yusuf Zofia
""".split()  # noqa: SIM905  (readable as a list of words)
LAST = """
Adler Aydin Bauer Berg Costa Dahl Diallo Duarte Fischer Garcia Haas Ito Jansen Keller Koch Kumar
Lopez Marek Mendes Meyer Mora Novak Okafor Olsen Pereira Rossi Silva Sousa Suzuki Tanaka Vogel Weber
""".split()  # noqa: SIM905
LINES = (
    "Mm-hm.",
    "Go on.",
    "Right.",
    "And then?",
    "How did you do that?",
    "I see.",
    "What happened?",
    "Okay, so what would you do?",
    "Yes, I know that.",
    "Can you say more?",
    "Really?",
    "Fair enough.",
    "I have been thinking about that all week.",
    "That is what I wanted to ask you.",
)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A question with a passage that answers it.

    Attributes:
        need: What the question is about. Training does not use the passage of one pair as a wrong
            answer to another pair with the same need.
        question: Text of the question.
        passage: Text of a passage that answers it.
        negative: Passage on the subject that does not answer, or "".
        other_question: Question on the subject that the passage does not answer, or "".
    """

    need: str
    question: str
    passage: str
    negative: str = ""
    other_question: str = ""


def read_items(names: Sequence[str]) -> list[dict[str, str]]:
    """Return the items of the data files with these names, in the order of the files.

    The passages of items in a file `needs_x` are read from the file `answers_x`. Items without
    passages are left out.
    """
    items = []
    for name in names:
        answers = {}
        if name.startswith("needs_"):
            answers = {item["id"]: item for item in _read(name.replace("needs", "answers"))}
        items += [item | answers.get(item["id"], {}) for item in _read(name)]
    return [item for item in items if "answer_a" in item or "passage" in item]


def _read(name: str) -> list[dict[str, str]]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def pairs_of_round(
    items: Sequence[Mapping[str, str]], transcripts: Sequence[Mapping[str, str]], rnd: random.Random
) -> list[Pair]:
    """Return the pairs of one round over the data, in random order.

    Each English question of an item is in one pair, and so are two random questions in other
    languages. In some pairs, `_by_name` replaces the question. Chance also selects the passage, the
    sentences of it, a speaker's name, and a passage that does not answer.
    """
    pairs = [pair for item in items for pair in _of_item(item, rnd)]
    pairs += [
        Pair(need=row["id"], question=row["question"], passage=row["passage"])
        for row in transcripts
    ]
    rnd.shuffle(pairs)
    return pairs


def _of_item(item: Mapping[str, str], rnd: random.Random) -> Iterator[Pair]:
    answers = [item[name] for name in ("answer_a", "answer_b", "answer_c") if item.get(name)]
    nears = [item[name] for name in ("near", "near2") if item.get(name)]
    foreign = {language: item[language] for language in LANGUAGES if item.get(language)}
    if item.get("other"):
        foreign[item["lang"]] = item["other"]
    chosen = rnd.sample(sorted(foreign), min(2, len(foreign)))
    asked = [("en", item[kind]) for kind in QUESTIONS] + [(code, foreign[code]) for code in chosen]
    for language, question in asked:
        answer = rnd.choice(answers)
        if rnd.random() < BY_NAME:
            yield _by_name(item, language, answer, rnd)
            continue
        hard = bool(nears) and rnd.random() < HARD
        yield Pair(
            need=item["id"],
            question=question,
            passage=_spoken(stretch(answer, rnd), rnd),
            negative=_spoken(stretch(rnd.choice(nears), rnd), rnd) if hard else "",
            other_question=item.get("near_question", "") if rnd.random() < HARD else "",
        )


def _by_name(item: Mapping[str, str], language: str, answer: str, rnd: random.Random) -> Pair:
    """Return a pair in which the question asks what a certain person says.

    The passage and the negative have the same words of *answer*. Only the passage names that
    person as the speaker.
    """
    name, other = rnd.sample(FIRST, 2)
    text = stretch(answer, rnd)
    asked = rnd.choice(ASKING_FOR[language]).format(name=name, about=item["short"].rstrip("?"))
    last = f" {rnd.choice(LAST)}" if rnd.random() < 0.5 else ""
    return Pair(
        need=item["id"],
        question=asked,
        passage=f"{name}{last}: {text}",
        negative=f"{other}{last}: {text}",
    )


def stretch(text: str, rnd: random.Random) -> str:
    """Return random consecutive sentences of a text, about 40 to 75 words."""
    sentences = SENTENCE.split(text.strip())
    ends = list(accumulate(len(sentence.split()) for sentence in sentences))
    starts = [0, *ends[:-1]]
    size = rnd.randint(*STRETCH)
    possible = [
        n for n, begin in enumerate(starts) if ends[-1] - begin >= min(size, ends[-1]) * 0.8
    ]
    first = rnd.choice(possible or [0])
    last = next((n for n, end in enumerate(ends) if end - starts[first] >= size), len(ends) - 1)
    return " ".join(sentences[first : last + 1])


def _spoken(text: str, rnd: random.Random) -> str:
    """Return a text in the form of a passage: often with the name of a speaker before it.

    In some cases a short line of another speaker comes first.
    """
    if rnd.random() >= NAMED:
        return text
    names = [
        f"{first} {rnd.choice(LAST)}" if rnd.random() < 0.6 else first
        for first in rnd.sample(FIRST, 2)
    ]
    own = f"{names[0]}: {text}"
    return f"{names[1]}: {rnd.choice(LINES)}\n{own}" if rnd.random() < REPLYING else own
