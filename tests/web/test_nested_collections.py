"""Collections on pages: nested, dragged into order, with a cover, an introduction and picks."""

import io

import pytest

from library.holdings import collections, nesting
from library.models import Visibility
from tests.builders import OPERATOR, add_session
from tests.library.holdings.test_covers import SECRET, png_part
from tests.web.browsing import Browser

PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + png_part(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0")
    + png_part(b"tEXt", SECRET)
    + png_part(b"IDAT", b"x\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe")
    + png_part(b"IEND", b"")
)


@pytest.fixture
def shelf(library, mentor):
    """A collection in another, with two sessions for members."""
    built = [
        add_session(library, title=title, owner=mentor, visibility=Visibility.MEMBERS)
        for title in ("One", "Two")
    ]
    with library.transaction() as db:
        above = collections.add(db, OPERATOR, title="Above")
        made = collections.add(db, OPERATOR, title="Below", description="Read **this** first.")
        nesting.put_into(db, OPERATOR, made, above.id)
        collections.fill(db, OPERATOR, made, [one.session_id for one in built])
    return made, above, built


def send_cover(browser: Browser, shelf, data, **more):
    """Upload a cover."""
    form = {"picture": (io.BytesIO(data), "cover.png"), "words": "A bench", **more}
    return browser.post(f"/collections/{shelf.id}/cover", form, content_type="multipart/form-data")


def test_readers_find_the_way_down_and_up(browse, mentee, shelf):
    """The shelf shows what is in no other; a page shows what is inside, and its way back."""
    made, above, _ = shelf
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


def test_a_cover_is_a_picture_for_those_who_see_the_collection(browse, admin, mentee, shelf):
    """Served as what it is, without what the camera told; others get nothing."""
    made, _, _ = shelf
    keeper, path = browse(admin), f"/collections/{made.id}/cover"
    assert browse(mentee).get(path).status_code == 404

    assert send_cover(keeper, made, PIXEL).status_code == 302

    shown = browse(mentee).get(path)
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert SECRET not in shown.data
    assert 'alt="A bench"' in browse(mentee).get(f"/collections/{made.id}").text
    assert browse().get(path).status_code == 404
    for bad in (b"<svg onload=alert(1)>", b"<html>", PIXEL[:40]):
        assert send_cover(keeper, made, bad).status_code == 400
    assert send_cover(browse(mentee), made, PIXEL).status_code == 403
    assert send_cover(keeper, made, PIXEL, do="remove").status_code == 302
    assert browse(mentee).get(path).status_code == 404


def test_sessions_are_put_into_the_order_they_were_dragged_into(library, browse, admin, shelf):
    """What is not named stays behind; what is not inside is not put in."""
    made, _, built = shelf
    one, two = (b.session_id for b in built)

    browse(admin).post(f"/care/collections/{made.id}/order", {"order": f"{two},999,x"})

    with library.reading() as db:
        found = collections.sessions_in(db, OPERATOR, made.id)
    assert [session.id for session in found] == [two, one]


def test_a_curator_picks_moments_by_their_address(browse, admin, mentee, shelf):
    """By the address of a session with a time or of a passage; moved, and taken out."""
    made, _, built = shelf
    keeper, path = browse(admin), f"/collections/{made.id}/picks"
    first = {
        "address": f"https://library.example.org/sessions/{built[0].session_id}?t=12",
        "sentence": "Why it helps",
    }

    assert keeper.post(path, first).status_code == 302
    keeper.post(path, {"address": f"/passages/{built[1].passage_ids[0]}"})
    refused = keeper.post(path, {"address": "https://elsewhere.example.org/"})
    absent = keeper.post(path, {"address": "/sessions/999?t=1"})

    assert (refused.status_code, absent.status_code) == (400, 404)
    page = browse(mentee).get(f"/collections/{made.id}").text
    assert "Why it helps" in page
    assert "I was afraid" in page
    assert page.index("I was afraid") < page.index("Ask for feedback")
    keeper.post(path, {"pick": "2", "do": "up"})
    page = browse(mentee).get(f"/collections/{made.id}").text
    assert page.index("Ask for feedback") < page.index("I was afraid")
    keeper.post(path, {"order": "1,2"})
    keeper.post(path, {"pick": "1", "do": "take-out"})
    assert "Why it helps" not in browse(mentee).get(f"/collections/{made.id}").text
    assert browse(mentee).post(path, first).status_code == 403


def test_an_administrator_puts_a_collection_elsewhere(library, browse, admin, mentor, shelf):
    """Out of the other one again; into itself is refused with a sentence."""
    made, above, _ = shelf
    keeper = browse(admin)

    inside = keeper.post(f"/care/collections/{above.id}/nest", {"into": str(made.id)})
    keeper.post(f"/care/collections/{made.id}/nest", {"into": ""})

    assert inside.status_code == 400
    assert "inside itself" in inside.text
    with library.reading() as db:
        assert collections.get(db, made.id).parent_id is None
    refused = browse(mentor).post(f"/care/collections/{made.id}/nest", {"into": str(above.id)})
    assert refused.status_code == 403


def test_a_collection_that_is_removed_leaves_what_it_held(library, browse, admin, shelf):
    """What was inside goes up into its place, with its sessions."""
    made, above, _ = shelf

    browse(admin).post(f"/care/collections/{above.id}/remove")

    with library.reading() as db:
        assert collections.get(db, made.id).parent_id is None
        assert len(collections.sessions_in(db, OPERATOR, made.id)) == 2


def test_programs_choose_a_cover_too(browse, admin, mentee, token_of, shelf):
    """The picture is sent as a form's file, shown by its address, and taken off again."""
    made, _, _ = shelf
    keeper, reader, program = token_of(admin), token_of(mentee), browse().client
    one = f"/api/v1/collections/{made.id}"

    def send(headers, data=PIXEL):
        form = {"picture": (io.BytesIO(data), "bench.png"), "words": "A bench"}
        return program.put(f"{one}/cover", data=form, headers=headers)

    assert send(keeper).status_code == 428
    matched = {**keeper, "If-Match": program.get(one, headers=keeper).headers["ETag"]}
    assert send({**reader, "If-Match": "*"}).status_code == 403
    assert send(matched, b"<svg onload=alert(1)>").status_code == 400
    chosen = send(matched)
    assert (chosen.status_code, chosen.json["cover_words"]) == (200, "A bench")
    assert browse(mentee).get(chosen.json["links"]["cover"]).mimetype == "image/png"
    assert send(matched).status_code == 412
    fresh = {**keeper, "If-Match": chosen.headers["ETag"]}
    assert program.delete(f"{one}/cover", headers=fresh).status_code == 204
    assert "cover" not in program.get(one, headers=reader).json["links"]


def test_programs_arrange_collections_too(browse, admin, mentee, token_of, shelf):
    """Make, describe with If-Match, nest, fill and pick; each for whom it is."""
    made, above, built = shelf
    keeper, reader, program = token_of(admin), token_of(mentee), browse().client
    one = f"/api/v1/collections/{made.id}"

    new = program.post("/api/v1/collections", json={"title": "New"}, headers=keeper)
    assert new.status_code == 201
    assert (
        program.post("/api/v1/collections", json={"title": "N"}, headers=reader).status_code == 403
    )
    got = program.get(one, headers=reader)
    assert (got.json["parent_id"], got.json["count"]) == (above.id, 2)
    assert program.get(one).status_code == 404
    change = {"parent_id": new.json["id"], "description": "*Other*"}
    assert program.patch(one, json=change, headers=reader).status_code == 403
    assert program.patch(one, json=change, headers=keeper).status_code == 428
    tag = program.get(one, headers=keeper).headers["ETag"]
    matched = {**keeper, "If-Match": tag}
    moved = program.patch(one, json=change, headers=matched)
    assert moved.json["parent_id"] == new.json["id"]
    assert program.patch(one, json=change, headers=matched).status_code == 412
    order = [built[1].session_id, built[0].session_id]
    fresh = {**keeper, "If-Match": moved.headers["ETag"]}
    filled = program.put(f"{one}/sessions", json={"sessions": order}, headers=fresh)
    assert filled.json["sessions"] == order
    wanted = {"passage_id": built[0].passage_ids[0], "sentence": "Begin here"}
    picked = program.post(f"{one}/picks", json=wanted, headers=keeper).json["picks"]
    assert [(p["passage_id"], p["sentence"]) for p in picked] == [(1, "Begin here")]
    seen = {**keeper, "If-Match": program.get(one, headers=keeper).headers["ETag"]}
    assert program.delete(f"{one}/picks/{picked[0]['id']}", headers=keeper).status_code == 428
    assert program.delete(f"{one}/picks/{picked[0]['id']}", headers=seen).status_code == 204
    page = program.get("/api/v1/collections?limit=1", headers=reader).json
    assert [c["id"] for c in page["collections"]] == [new.json["id"]]
    assert page["next"]
