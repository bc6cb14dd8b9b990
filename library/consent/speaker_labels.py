"""Speaker labels of transcripts and the test for names of people.

Programs write "Speaker 2", "SPEAKER_00" or "Unknown" where they do not know a name, and people
write roles such as "Interviewer". Such labels do not say who the person is.
"""

import re

_NUMBER = r"([\W_]*\d{1,4}|[\W_]+([a-z]{1,2}|one|two|three|four|five|six))?"
_VOICES = (
    r"speakers?|voices?|channel|person|participants?|spk(e?r)?|unknown|unnamed|unidentified"
    r"|anonymous|guest|caller|attendee|user|track|mic(rophone)?|phone|audio|zoom user|iphone|ipad"
    r"|(un)?known speaker|unidentified (speaker|voice)|(fe)?male( voice)?|man|woman"
    r"|sprecher(in)?|stimme|person|teilnehmer(in)?|unbekannt|locut(eur|rice)|voix|inconnue?"
    r"|hablante|voz|desconocid[oa]|orador[ae]?|parlante|falante|spreker|talare"
)
_ROLES = (
    r"interviewer(in)?|interviewee|interview(partner|te)|narrator|moderator(in)?|host|co-?host"
    r"|mentor(in)?|mentee|facilitator|audience( member)?|questioner|question|answer|all|both"
    r"|everyone|others?|several( voices| speakers)?|multiple( voices| speakers)?|crosstalk"
    r"|inaudible|me|you|us|them|interpreter|translator|operator|music|silence|noise|applause"
)
_NOBODY = re.compile(
    rf"[\W_]*(({_VOICES}|{_ROLES}){_NUMBER}|[a-z][\W_]*\d{{0,4}})[\W_]*", re.IGNORECASE
)
_NUMBERS = re.compile(r"[\W\d_]*")


def names_a_person(label: str) -> bool:
    """Return whether a label is the name of a person. Numbers, roles and "" are not."""
    return not (_NUMBERS.fullmatch(label) or _NOBODY.fullmatch(label))
