"""Word error and word times: Whisper's English normaliser on both sides, jiwer over all clips."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WordError:
    """Errors in words, over all clips together."""

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
    """The measures; made once, since the normaliser takes a moment to load."""

    def __init__(self) -> None:
        import jiwer
        from whisper.normalizers import EnglishTextNormalizer

        self._jiwer = jiwer
        self._plain = EnglishTextNormalizer()

    def words(self, text: str) -> list[str]:
        """The words of *text* as they are compared."""
        return str(self._plain(text)).split()

    def error(self, pairs: Iterable[tuple[str, str]]) -> WordError:
        """Of (reference, heard) texts."""
        plain = [(self._plain(reference), self._plain(heard)) for reference, heard in pairs]
        if not plain:
            return WordError(0, 0, 0, 0, 0)
        found = self._jiwer.process_words([one for one, _ in plain], [two for _, two in plain])
        words = found.hits + found.substitutions + found.deletions
        return WordError(len(plain), words, found.substitutions, found.deletions, found.insertions)

    def start_errors(self, truth: list[list[Any]], heard: list[dict[str, Any]]) -> list[float]:
        """Seconds by which the starts of words that both have differ: heard - true."""
        return list(self.errors_of_starts(truth, heard).values())

    def errors_of_starts(
        self, truth: list[list[Any]], heard: list[dict[str, Any]]
    ) -> dict[int, float]:
        """The same by the number of the word in *truth*."""
        true = [(" ".join(self.words(str(word))), float(start)) for start, _, word in truth]
        ours = [(" ".join(self.words(word["word"])), float(word["start"])) for word in heard]
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
    """The value under which *share* percent of *values* lie; 0 where there are none."""
    return float(np.percentile(values, share)) if values else 0.0
