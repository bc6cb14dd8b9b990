"""Tests of nested collections: order, cover, introduction and picks, on pages and by the API.

Covers: collections_api, cover_and_picks, covers_api.
"""

import io

import pytest

from library.collections import collections, tree
from library.models import Visibility
from tests.builders import OPERATOR, add_session
from tests.library.test_images import SECRET, png_part
from tests.web.client import Browser

PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + png_part(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0")
    + png_part(b"tEXt", SECRET)
    + png_part(b"IDAT", b"x\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe")
    + png_part(b"IEND", b"")
)


@pytest.fixture
def nested(library, mentor):
    """An outer and an inner collection, with two sessions for members."""
    built = [
        add_session(library, title=title, owner=mentor, visibility=Visibility.MEMBERS)
        for title in ("One", "Two")
    ]
    with library.transaction() as db:
        above = collections.add(db, OPERATOR, title="Above")
        made = collections.add(db, OPERATOR, title="Below", description="Read **this** first.")
        tree.put_into(db, OPERATOR, made, above.id)
        collections.set_sessions(db, OPERATOR, made, [one.session_id for one in built])
    return made, above, built


def send_cover(browser: Browser, collection, data, **more):
    """Upload a cover picture for a collection."""
    form = {"picture": (io.BytesIO(data), "cover.png"), "words": "A bench", **more}
    return browser.post(
        f"/collections/{collection.id}/cover", form, content_type="multipart/form-data"
    )


def test_nested_collections_link_to_each_other(browse, mentee, nested):
    """The list of collections shows outer collections only.

    An outer and an inner collection link to each other.
    """
    made, above, _ = nested
    reader = browse(mentee)

    listed, outer = reader.get("/collections").text, reader.get(f"/collections/{above.id}").text
    inner = reader.get(f"/collections/{made.id}").text

    assert "Above" in listed
    assert "Below" not in listed
    assert f'href="/collections/{made.id}"' in outer
    assert "2 sessions" in outer
    assert f'href="/collections/{above.id}"' in inner
    assert "<strong>this</strong>" in inner
    assert browse().get(f"/collections/{above.id}").status_code == 404


def test_a_cover_is_a_picture_for_those_who_see_the_collection(browse, admin, mentee, nested):
    """A cover is served without its metadata to readers of the collection.

    A file of another format, and an upload by a member, are refused.
    """
    made, _, _ = nested
    as_admin, path = browse(admin), f"/collections/{made.id}/cover"
    assert browse(mentee).get(path).status_code == 404

    assert send_cover(as_admin, made, PIXEL).status_code == 302

    cover = browse(mentee).get(path)
    assert (cover.status_code, cover.mimetype) == (200, "image/png")
    assert cover.headers["X-Content-Type-Options"] == "nosniff"
    assert SECRET not in cover.data
    assert 'alt="A bench"' in browse(mentee).get(f"/collections/{made.id}").text
    assert browse().get(path).status_code == 404
    for bad in (b"<svg onload=alert(1)>", b"<html>", PIXEL[:40]):
        assert send_cover(as_admin, made, bad).status_code == 400
    assert send_cover(browse(mentee), made, PIXEL).status_code == 403
    assert send_cover(as_admin, made, PIXEL, do="remove").status_code == 302
    assert browse(mentee).get(path).status_code == 404


def test_sessions_are_reordered(library, browse, admin, nested):
    """Sessions that a new order omits follow at the end. Unknown ids are ignored."""
    made, _, built = nested
    one, two = (b.session_id for b in built)

    browse(admin).post(f"/care/collections/{made.id}/order", {"order": f"{two},999,x"})

    with library.reading() as db:
        order = collections.sessions_in(db, OPERATOR, made.id)
    assert [session.id for session in order] == [two, one]


def test_a_curator_picks_moments_by_their_address(browse, admin, mentee, nested):
    """A curator adds a pick by the address of a passage, or of a session with a time.

    Picks are moved and removed.
    """
    made, _, built = nested
    as_admin, path = browse(admin), f"/collections/{made.id}/picks"
    first = {
        "address": f"https://library.example.org/sessions/{built[0].session_id}?t=12",
        "sentence": "Why it helps",
    }

    assert as_admin.post(path, first).status_code == 302
    as_admin.post(path, {"address": f"/passages/{built[1].passage_ids[0]}"})
    refused = as_admin.post(path, {"address": "https://elsewhere.example.org/"})
    absent = as_admin.post(path, {"address": "/sessions/999?t=1"})

    assert (refused.status_code, absent.status_code) == (400, 404)
    page = browse(mentee).get(f"/collections/{made.id}").text
    assert "Why it helps" in page
    assert "I was afraid" in page
    assert page.index("I was afraid") < page.index("Ask for feedback")
    as_admin.post(path, {"pick": "2", "do": "up"})
    page = browse(mentee).get(f"/collections/{made.id}").text
    assert page.index("Ask for feedback") < page.index("I was afraid")
    as_admin.post(path, {"order": "1,2"})
    as_admin.post(path, {"pick": "1", "do": "take-out"})
    assert "Why it helps" not in browse(mentee).get(f"/collections/{made.id}").text
    assert browse(mentee).post(path, first).status_code == 403


def test_an_administrator_moves_a_collection(library, browse, admin, mentor, nested):
    """An administrator moves a collection out of the one above it.

    A collection cannot be put inside itself.
    """
    made, above, _ = nested
    as_admin = browse(admin)

    inside = as_admin.post(f"/care/collections/{above.id}/nest", {"into": str(made.id)})
    as_admin.post(f"/care/collections/{made.id}/nest", {"into": ""})

    assert inside.status_code == 400
    assert "inside itself" in inside.text
    with library.reading() as db:
        assert collections.get(db, made.id).parent_id is None
    refused = browse(mentor).post(f"/care/collections/{made.id}/nest", {"into": str(above.id)})
    assert refused.status_code == 403


def test_a_removed_collection_keeps_its_content(library, browse, admin, nested):
    """When an outer collection is removed, the inner collection stays with its sessions."""
    made, above, _ = nested

    browse(admin).post(f"/care/collections/{above.id}/remove")

    with library.reading() as db:
        assert collections.get(db, made.id).parent_id is None
        assert len(collections.sessions_in(db, OPERATOR, made.id)) == 2


def test_a_program_changes_a_cover(browse, admin, mentee, token_of, nested):
    """A program uploads and removes a cover with the ETag of the collection."""
    made, _, _ = nested
    as_admin, reader, program = token_of(admin), token_of(mentee), browse().client
    one = f"/api/v1/collections/{made.id}"

    def send(headers, data=PIXEL):
        form = {"picture": (io.BytesIO(data), "bench.png"), "words": "A bench"}
        return program.put(f"{one}/cover", data=form, headers=headers)

    assert send(as_admin).status_code == 428
    matched = {**as_admin, "If-Match": program.get(one, headers=as_admin).headers["ETag"]}
    assert send({**reader, "If-Match": "*"}).status_code == 403
    assert send(matched, b"<svg onload=alert(1)>").status_code == 400
    chosen = send(matched)
    assert (chosen.status_code, chosen.json["cover_words"]) == (200, "A bench")
    assert browse(mentee).get(chosen.json["links"]["cover"]).mimetype == "image/png"
    assert send(matched).status_code == 412
    fresh = {**as_admin, "If-Match": chosen.headers["ETag"]}
    assert program.delete(f"{one}/cover", headers=fresh).status_code == 204
    assert "cover" not in program.get(one, headers=reader).json["links"]


def test_a_program_arranges_collections(browse, admin, mentee, token_of, nested):
    """A program adds a collection, moves it into another one and fills it.

    Changes need the current ETag. A token that may only read is refused.
    """
    made, above, built = nested
    as_admin, reader, program = token_of(admin), token_of(mentee), browse().client
    one = f"/api/v1/collections/{made.id}"

    new = program.post("/api/v1/collections", json={"title": "New"}, headers=as_admin)
    assert new.status_code == 201
    assert (
        program.post("/api/v1/collections", json={"title": "N"}, headers=reader).status_code == 403
    )
    got = program.get(one, headers=reader)
    assert (got.json["parent_id"], got.json["count"]) == (above.id, 2)
    assert program.get(one).status_code == 404
    change = {"parent_id": new.json["id"], "description": "*Other*"}
    assert program.patch(one, json=change, headers=reader).status_code == 403
    assert program.patch(one, json=change, headers=as_admin).status_code == 428
    tag = program.get(one, headers=as_admin).headers["ETag"]
    matched = {**as_admin, "If-Match": tag}
    moved = program.patch(one, json=change, headers=matched)
    assert moved.json["parent_id"] == new.json["id"]
    assert program.patch(one, json=change, headers=matched).status_code == 412
    order = [built[1].session_id, built[0].session_id]
    fresh = {**as_admin, "If-Match": moved.headers["ETag"]}
    filled = program.put(f"{one}/sessions", json={"sessions": order}, headers=fresh)
    assert filled.json["sessions"] == order
    pick = {"passage_id": built[0].passage_ids[0], "sentence": "Begin here"}
    picked = program.post(f"{one}/picks", json=pick, headers=as_admin).json["picks"]
    assert [(p["passage_id"], p["sentence"]) for p in picked] == [(1, "Begin here")]
    with_etag = {**as_admin, "If-Match": program.get(one, headers=as_admin).headers["ETag"]}
    assert program.delete(f"{one}/picks/{picked[0]['id']}", headers=as_admin).status_code == 428
    assert program.delete(f"{one}/picks/{picked[0]['id']}", headers=with_etag).status_code == 204
    page = program.get("/api/v1/collections?limit=1", headers=reader).json
    assert [c["id"] for c in page["collections"]] == [new.json["id"]]
    assert page["next"]
