"""The tests mirror the four packages; `fakes` and `builders` hold what they share."""
