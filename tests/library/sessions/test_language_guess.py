"""Tests of the guess of the language of a text.

Covers: stop_words, language_tags.
"""

import unicodedata

import pytest

from library.sessions.language_guess import guess_language
from library.sessions.language_tags import primary_language

SENTENCES = {
    "en": "The first thing that I tell people is that they should not wait for permission.",
    "de": "Wir haben damals nicht gewusst, dass die Brücke nach dem Winter so aussehen würde.",
    "fr": "Il faut que vous parliez avec les gens qui sont dans la cuisine avant la réunion.",
    "es": "Cuando llegué a la fábrica no había nadie que me dijera lo que tenía que hacer.",
    "pt": "Quando eu cheguei, não havia ninguém que me dissesse o que era para fazer.",
    "it": "Quando sono arrivato non c'era nessuno che mi dicesse quello che dovevo fare.",
    "nl": "Wij wisten toen nog niet dat het na de winter voor ons allemaal zo zou zijn.",
    "pl": "Nie było nikogo, kto by mi powiedział, co mam robić i jak to się robi.",
    "tr": "Bu iş için çok çalıştım ama hiç kimse bana ne olduğu hakkında bir şey demedi.",
    "ru": "Мой отец говорил, что терпение важнее скорости, и что это не его мысль.",
    "uk": "Мій батько казав, що терпіння важливіше за швидкість, і що це його думка.",
    "el": "Ο πατέρας μου έλεγε ότι η υπομονή είναι πιο σημαντική από την ταχύτητα.",
    "ar": "قال لي أبي إن الصبر أهم من السرعة في كل هذا العمل.",
    "fa": "پدرم می‌گفت که صبر از سرعت مهم‌تر است.",
    "he": "אבא שלי אמר שסבלנות חשובה יותר ממהירות.",
    "hi": "मेरे पिता ने कहा कि धैर्य गति से अधिक महत्वपूर्ण है।",
    "zh": "父亲说耐心比速度更重要，学徒要先看再动手。",
    "ja": "父は速さよりも忍耐が大切だと言いました。",
    "ko": "아버지는 속도보다 인내가 중요하다고 하셨다.",
    "th": "พ่อบอกว่าความอดทนสำคัญกว่าความเร็ว",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items())
def test_a_sentence_has_its_language(language: str, sentence: str) -> None:
    """The language of a sentence is recognised, also if its accents are marks of their own."""
    assert guess_language(sentence) == language
    assert guess_language(unicodedata.normalize("NFD", sentence)) == language


@pytest.mark.parametrize("text", ["", "1994", "Kowalski", "Budget bridge garden", "👏", "\x00"])
def test_a_text_without_small_words_has_no_language(text: str) -> None:
    """No language is guessed if nothing tells it."""
    assert guess_language(text) == ""


def test_names_and_quotations_do_not_decide() -> None:
    """Some words of another script or language do not change the language of a text."""
    text = "My teacher was called 王小明, and she told us that «savoir faire» is what you need."

    assert guess_language(text) == "en"


def test_a_tag_names_its_language() -> None:
    """Script and region of a tag are left out. Both forms of Norwegian are one language."""
    assert primary_language("pt-BR") == "pt"
    assert primary_language("EN") == "en"
    assert primary_language("nb-NO") == primary_language("nn") == "no"
    assert primary_language("") == ""
