"""The operator's table of postings: read with clear errors, chosen evenly and always alike."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from classifiers.answers.postings import (
    COLUMNS,
    SHIPPED_POSTINGS,
    Posting,
    PostingsError,
    calibration_material,
    calibration_text,
    choose_calibration,
    load_postings,
)
from classifiers.answers.price_tiers import TIER_STARTS, PriceTier, tier_of

TEXT = "Convert our price list, about 400 rows, into a sorted PDF catalogue."
ROW = ("p1", TEXT, "140", "from_100_to_1000")


def write(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "postings.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def posting(number: int, price: float, text: str = TEXT) -> Posting:
    return Posting(f"p{number}", text, price, tier_of(price))


def test_the_shipped_table_has_its_header_and_no_posting() -> None:
    assert SHIPPED_POSTINGS.read_text() == ",".join(COLUMNS) + "\n"
    assert load_postings() == ()
    assert calibration_material() == ""


def test_rows_become_postings_with_quoted_texts_kept_whole(tmp_path: Path) -> None:
    text = 'A "small" site, three pages,\nwith a form and a map, to be live in June.'
    path = write(tmp_path, ROW, ("p2", text, "12500.50", "from_10000"))
    assert load_postings(path) == (
        Posting("p1", TEXT, 140.0, "from_100_to_1000"),
        Posting("p2", text, 12500.5, "from_10000"),
    )


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = write(tmp_path, ROW)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load_postings(path)) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("", TEXT, "140", "from_100_to_1000"), "line 3, column posting_id: is empty"),
        (("p1", TEXT, "140", "from_100_to_1000"), "line 3, column posting_id: stands in line 2 already"),
        (("p2", "A logo", "140", "from_100_to_1000"), "line 3, column text: has 6 characters, at least 50"),
        (("p2", TEXT, "$140", "from_100_to_1000"), "line 3, column price_usd: must be a number above zero"),
        (("p2", TEXT, "-1", "under_100"), "line 3, column price_usd: must be a number above zero"),
        (("p2", TEXT, "inf", "from_10000"), "line 3, column price_usd: must be a number above zero"),
        (("p2", TEXT, "nan", "from_10000"), "line 3, column price_usd: must be a number above zero"),
        (("p2", TEXT, "140", "cheap"), "line 3, column tier: must be one of under_100, from_100_to_1000"),
        (("p2", TEXT, "140", "from_10000"), "line 3, column tier: from_10000 does not fit the price"),
        (("p2", TEXT, "140"), "line 3: has not 4 columns"),
        (("p2", TEXT, "1", "400", "under_100"), "line 3: has not 4 columns"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(tmp_path: Path, row: tuple[str, ...], said: str) -> None:
    with pytest.raises(PostingsError) as raised:
        load_postings(write(tmp_path, ROW, row))
    assert said in str(raised.value)
    assert TEXT not in str(raised.value)


def test_a_wrong_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostingsError, match="line 1: the header must be posting_id,text,price_usd,tier"):
        load_postings(write(tmp_path, ROW, header=("id", "text", "price", "tier")))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"posting_id,text,price_usd,tier\n\xff\xfe,", "is not UTF-8"), (b"", "line 1: the header must be")],
)
def test_a_file_that_is_no_such_table_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "postings.csv"
    path.write_bytes(content)
    with pytest.raises(PostingsError, match=said):
        load_postings(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostingsError, match="there is no such file"):
        load_postings(tmp_path / "none.csv")


MANY = [posting(number, price) for number, price in enumerate([20, 50, 300, 800, 2000, 5000, 20_000] * 6)]


def test_the_choice_is_even_over_the_tiers() -> None:
    chosen = choose_calibration(MANY, count=16)
    counts = {tier: sum(each.tier == tier for each in chosen) for tier in get_args(PriceTier)}
    assert counts == dict.fromkeys(get_args(PriceTier), 4)
    assert [each.price_usd for each in chosen] == sorted(each.price_usd for each in chosen)


def test_a_tier_with_few_postings_leaves_room_to_the_others() -> None:
    few = [each for each in MANY if each.tier != "from_10000"] + [posting(999, 30_000)]
    chosen = choose_calibration(few, count=13)
    assert sum(each.tier == "from_10000" for each in chosen) == 1
    assert len(chosen) == 13


def test_the_choice_does_not_depend_on_the_order_of_the_file_and_grows_with_its_size() -> None:
    assert choose_calibration(reversed(MANY), count=9) == choose_calibration(MANY, count=9)
    assert set(choose_calibration(MANY, count=9)) < set(choose_calibration(MANY, count=10))
    assert set(choose_calibration(MANY, count=1000)) == set(MANY)


def test_the_text_shows_price_and_scope_on_one_line_each() -> None:
    lines = calibration_text([posting(1, 140, "A site\nwith </question> in it"), posting(2, 12500.5)])
    _, first, second = lines.splitlines()
    assert first == "- 140.00 USD: A site with ‹/question› in it"
    assert second == f"- 12,500.50 USD: {TEXT}"


def test_a_long_text_is_cut_at_a_word() -> None:
    line = calibration_text([posting(1, 140, "word " * 400)]).splitlines()[1]
    assert line.endswith("word …")
    assert len(line) < 640


def test_material_changes_with_what_is_chosen_alone(tmp_path: Path) -> None:
    rows = [ROW, ("p2", TEXT, "12500", "from_10000")]
    both = calibration_material(write(tmp_path, *rows))
    assert calibration_material(write(tmp_path, *reversed(rows))) == both
    assert calibration_material(write(tmp_path, *rows), count=1) != both


@pytest.mark.parametrize("tier", get_args(PriceTier))
def test_a_tier_begins_at_its_least_price(tier: PriceTier) -> None:
    assert tier_of(max(TIER_STARTS[tier], 0.01)) == tier


@pytest.mark.parametrize("price", [0.0, -5.0, float("nan")])
def test_what_is_no_price_has_no_tier(price: float) -> None:
    with pytest.raises(ValueError, match="a price is above zero"):
        tier_of(price)
