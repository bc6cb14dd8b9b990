"""Word error rate and errors of word starts.

Whisper's English normaliser is applied to both texts. jiwer counts the errors over all clips.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WordError:
    """Counts of word errors over all clips."""

    clips: int
    words: int
    substituted: int
    dropped: int
    invented: int

    @property
    def rate(self) -> float:
        """Word error rate in percent."""
        return 100 * (self.substituted + self.dropped + self.invented) / max(1, self.words)


class Scorer:
    """Scorer of texts and word starts. Create it once: the normaliser takes time to load."""

    def __init__(self) -> None:
        import jiwer
        from whisper.normalizers import EnglishTextNormalizer

        self._jiwer = jiwer
        self._plain = EnglishTextNormalizer()

    def words(self, text: str) -> list[str]:
        """Return the normalised words of *text*."""
        return str(self._plain(text)).split()

    def error(self, pairs: Iterable[tuple[str, str]]) -> WordError:
        """Return the word errors of (reference, recognised) texts."""
        plain = [
            (self._plain(reference), self._plain(recognised)) for reference, recognised in pairs
        ]
        if not plain:
            return WordError(0, 0, 0, 0, 0)
        found = self._jiwer.process_words([text for text, _ in plain], [text for _, text in plain])
        words = found.hits + found.substitutions + found.deletions
        return WordError(len(plain), words, found.substitutions, found.deletions, found.insertions)

    def start_errors(self, truth: list[list[Any]], recognised: list[dict[str, Any]]) -> list[float]:
        """Return the errors of the starts of matching words in seconds: recognised minus true."""
        return list(self.errors_of_starts(truth, recognised).values())

    def errors_of_starts(
        self, truth: list[list[Any]], recognised: list[dict[str, Any]]
    ) -> dict[int, float]:
        """Return the start error of each matching word in seconds, by its index in *truth*."""
        true = [(" ".join(self.words(str(word))), float(start)) for start, _, word in truth]
        ours = [(" ".join(self.words(word["word"])), float(word["start"])) for word in recognised]
        matcher = difflib.SequenceMatcher(
            None, [word for word, _ in true], [word for word, _ in ours], autojunk=False
        )
        return {
            match.a + i: ours[match.b + i][1] - true[match.a + i][1]
            for match in matcher.get_matching_blocks()
            for i in range(match.size)
            if true[match.a + i][0]
        }


def percentile(values: list[float], share: float) -> float:
    """Return the percentile *share* (0 to 100) of *values*; 0 if there are no values."""
    return float(np.percentile(values, share)) if values else 0.0
