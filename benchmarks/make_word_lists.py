"""Make the word lists of `search.text.word_lists` from the files of the package pyspellchecker.

Usage: `python -m benchmarks.make_word_lists FOLDER`. FOLDER has the files `de.json.gz` and so on:
the folder `spellchecker/resources` of pyspellchecker 0.9.1 (MIT).
"""

import argparse
import gzip
import json
from heapq import nlargest
from pathlib import Path

from search.text.word_lists import (
    BITS_PER_WORD,
    FOLDER,
    FREQUENT,
    LETTERS,
    STEMMERS,
    WordFilter,
    plain,
)


def main() -> None:
    """Write a list and a filter for each language."""
    options = argparse.ArgumentParser(description="Makes the word lists.")
    options.add_argument("folder", type=Path)
    given = options.parse_args().folder
    for language in STEMMERS:
        counts = json.loads(gzip.decompress((given / f"{language}.json.gz").read_bytes()))
        _write(language, counts)


def _write(language: str, counts: dict[str, int]) -> None:
    """Write the files of a language.

    Args:
        language: BCP 47.
        counts: count of each written word.
    """
    many = nlargest(FREQUENT, filter(str.isalpha, counts), key=counts.__getitem__)
    whole = sum(counts.values())
    lines = [f"{word} {1e9 * counts[word] / whole:.0f}" for word in many]
    text = gzip.compress("\n".join(lines).encode(), mtime=0)
    (FOLDER / f"{language}.txt.gz").write_bytes(text)
    every = {plain(part) for word in counts for part in LETTERS.findall(word)}
    bits = WordFilter(bytearray(BITS_PER_WORD * len(every) // 8 + 1))
    for word in every:
        bits.add(word)
    (FOLDER / f"{language}.filter").write_bytes(bits.content)
    print(f"{language}: {len(many)} frequent words, {len(every)} words")


if __name__ == "__main__":
    main()
