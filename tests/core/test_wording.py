"""How figures and protocols are worded."""

import math

from ganwright.core.wording import number, protocol_text, shared_protocol, title_of


def test_numbers_have_four_digits_and_never_hide_what_they_are() -> None:
    assert [number(v) for v in (12.34567, 0.000123456, 10.0, 0.0, 123456.7)] == [
        "12.35",
        "0.0001235",
        "10",
        "0",
        "1.235e+05",
    ]
    assert [number(v) for v in (None, math.nan, -math.inf)] == ["-", "nan", "-inf"]


def test_titles() -> None:
    assert [title_of(n) for n in ("fid", "pixel_mean", "reverse_kl")] == ["FID", "pixel mean", "reverse KL"]


def test_protocols_are_split_into_what_all_share_and_the_rest() -> None:
    shared, own = shared_protocol([{"n_real": 5, "seed": 0, "pairs_of": 9}, {"n_real": 5, "seed": 1}])
    assert shared == {"n_real": 5}
    assert own == [{"seed": 0, "pairs_of": 9}, {"seed": 1}]
    assert protocol_text(shared | own[1]) == "n real 5, seed 1"
    assert shared_protocol([]) == ({}, [])
