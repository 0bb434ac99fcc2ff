import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.styles.catalogue import Size
from fedi.styles.framing import MAX_SIDE, banner, frame

SPEC = Size(portrait=512, picture=1024, memory_mb_per_megapixel=100)
MOST = 16_000_000
sides = st.integers(1, 40_000)


def framed(region, size="picture", *, detail=1.0, is_preview=False, max_pixels=MOST):
    return frame(region, size, SPEC, detail=detail, max_pixels=max_pixels, is_preview=is_preview)


@pytest.mark.parametrize("size", ["portrait", "picture", "full"])
def test_without_detail_what_is_drawn_is_what_is_given(size):
    found = framed((1500, 1000), size)

    assert found.working == found.final
    assert max(found.final) == {"portrait": 512, "picture": 1024, "full": 1500}[size]


def test_detail_changes_the_working_size_alone():
    fine, usual, coarse = (framed((3000, 2000), detail=detail) for detail in (2.0, 1.0, 0.5))

    assert fine.final == usual.final == coarse.final == (1024, 683)
    assert (max(fine.working), max(usual.working), max(coarse.working)) == (2048, 1024, 512)


def test_a_large_picture_is_drawn_at_twice_the_size_of_a_post_and_carried_up():
    found = framed((4900, 3265), "full")

    assert found.final == (4900, 3265)
    assert max(found.working) == 2048


def test_a_preview_is_small_and_drawn_with_nearly_the_same_lines():
    portrait, picture = (framed((1500, 1000), size, is_preview=True) for size in ("portrait", "picture"))

    assert max(portrait.final) == max(picture.final) == 400
    assert max(portrait.working) == 512
    assert 512 < max(picture.working) <= 700


@given(sides, sides, st.sampled_from(["portrait", "picture", "full"]), st.floats(0.5, 2), st.booleans())
def test_nothing_is_empty_or_larger_than_allowed(width, height, size, detail, is_preview):
    found = framed((width, height), size, detail=detail, is_preview=is_preview)

    for wide, high in (found.working, found.final):
        assert 1 <= wide <= MAX_SIDE
        assert 1 <= high <= MAX_SIDE
        assert wide * high <= MOST * 1.01 + MAX_SIDE


def test_a_header_is_drawn_at_the_size_of_a_picture_and_given_at_its_own():
    found = framed((3000, 1000), "header")

    assert found.final == (1500, 500)
    assert found.working == (1024, 341)


@pytest.mark.parametrize(
    ("size", "middles", "box"),
    [
        ((900, 900), [], (0, 300, 900, 600)),
        ((900, 900), [(450, 200)], (0, 50, 900, 350)),
        ((900, 900), [(450, 40)], (0, 0, 900, 300)),
        ((900, 900), [(200, 700), (600, 800)], (0, 600, 900, 900)),
        ((3000, 500), [(400, 200)], (0, 0, 1500, 500)),
        ((3000, 500), [(1400, 200)], (650, 0, 2150, 500)),
        ((1, 1), [], (0, 0, 1, 1)),
        ((20_000, 1), [], (9998, 0, 10_001, 1)),
    ],
)
def test_a_header_shows_the_faces_and_else_the_middle(size, middles, box):
    assert banner(size, middles) == box
