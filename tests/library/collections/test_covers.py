"""Tests of covers: who sets them, and when their files are deleted."""

import av
import numpy as np
import pytest

from library.collections import collections, covers
from library.errors import NotAllowedError
from tests.builders import OPERATOR


def write_picture(tmp_path, codec, name):
    """Write a small picture to a file with PyAV, and return its bytes."""
    path = tmp_path / name
    with av.open(str(path), "w", format="image2") as out:
        stream = out.add_stream(codec, rate=1)
        stream.width, stream.height = 48, 32
        stream.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), 90, np.uint8), format="rgb24")
        for packet in (*stream.encode(frame.reformat(format=stream.pix_fmt)), *stream.encode()):
            out.mux(packet)
    return path.read_bytes()


def test_a_cover_that_is_replaced_goes_from_the_disk(library, mentor, tmp_path):
    """Only curators set a cover. The file of a cover is deleted when no collection uses it."""
    first, second = (
        write_picture(tmp_path, "png", "one.png"),
        write_picture(tmp_path, "mjpeg", "two.jpg"),
    )
    with library.transaction() as db:
        one, two = (collections.add(db, OPERATOR, title=title) for title in ("One", "Two"))
    with pytest.raises(NotAllowedError):
        covers.put(library, mentor.viewer, one.id, first, "")
    for collection in (one, two):
        covers.put(library, OPERATOR, collection.id, first, " Two people on a  bench ")
    with library.reading() as db:
        sha256 = collections.get(db, one.id).cover_sha256
        assert collections.get(db, one.id).cover_words == "Two people on a bench"

    covers.put(library, OPERATOR, one.id, second, "")
    assert library.files.has(sha256)
    covers.remove(library, OPERATOR, two.id)

    assert not library.files.has(sha256)
    with library.reading() as db:
        assert library.files.has(collections.get(db, one.id).cover_sha256)
