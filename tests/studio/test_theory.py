"""The page Theory: what its curves say, against numbers that are known."""

import math
from itertools import pairwise

import pytest
from starlette.testclient import TestClient


def ask(client: TestClient, path: str, **query) -> dict:
    answer = client.get(f"/api/theory/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_saturating_loss_vanishes_by_the_logit_and_not_by_d(client: TestClient) -> None:
    found = ask(client, "landscape")
    assert found["probability"][0] == pytest.approx(1 / (1 + math.exp(8)), rel=1e-6)
    assert found["saturating"]["by_logit"][0] == pytest.approx(-found["probability"][0], rel=1e-6)
    assert found["saturating"]["by_probability"][0] == pytest.approx(-1, abs=1e-3)
    assert found["non_saturating"]["by_logit"][0] == pytest.approx(-1, abs=1e-3)
    assert found["saturating"]["loss"][80] == pytest.approx(-math.log(2), abs=1e-5)
    assert len(found["logit"]) == 161


def test_blind_is_optimal_where_both_are_equal(client: TestClient) -> None:
    found = ask(client, "optimum")
    assert found["loss"][0] == pytest.approx(2 * math.log(2), abs=1e-4)
    assert set(found["best"][0]) == {0.5}
    assert found["accuracy"][0] == 0.5
    assert found["accuracy"][20] == pytest.approx(0.5 * (1 + math.erf(2 / (2 * math.sqrt(2)))), abs=1e-4)
    smoothed = ask(client, "optimum", real_label=0.9)
    assert set(smoothed["best"][0]) == {0.45}
    assert smoothed["blind_loss"] < found["blind_loss"]


def test_js_goes_flat_and_wasserstein_does_not(client: TestClient) -> None:
    found = ask(client, "separation", shape="normals", width=0.5)
    assert found["separations"][10] == 1
    assert found["js"][60] == pytest.approx(math.log(2), abs=1e-5)
    assert found["js_slope"][60] < 1e-6
    assert found["wasserstein"] == found["separations"]
    assert set(found["wasserstein_slope"]) == {1}
    assert found["kl"][20] == pytest.approx(8)
    inside = [c for x, c in zip(found["x"], found["critic"][30], strict=True) if 0 <= x <= 3]
    slopes = [(b - a) / 0.1 for a, b in pairwise(inside)]
    assert slopes == pytest.approx([-1] * len(slopes), abs=0.02)


def test_lines_meet_nowhere(client: TestClient) -> None:
    found = ask(client, "separation", shape="lines")
    assert found["js"][:2] == [0, pytest.approx(math.log(2), abs=1e-5)]
    assert found["kl"][:2] == [0, None]
    assert set(found["js_slope"]) == {0}
    assert "critic" not in found


def test_uniforms_have_straight_js(client: TestClient) -> None:
    found = ask(client, "separation", shape="uniforms", width=2)
    assert found["js"][10] == pytest.approx(math.log(2) / 2, abs=1e-5)
    assert found["best"][40].count(None) > 0  # no items, nothing is optimal


def test_half_of_the_modes_cost_a_third_of_js(client: TestClient) -> None:
    found = ask(client, "modes", num=2)
    assert found["js"] == [pytest.approx(0.75 * math.log(4 / 3), abs=1e-6), 0]
    assert found["kl"] == [None, 0]
    assert found["loss"][0] == pytest.approx(2 * math.log(2) - 2 * found["js"][0], abs=1e-5)
    assert found["accuracy"] == [0.75, 0.5]
    many = ask(client, "modes", num=16)
    assert many["same_shift"] == sorted(many["same_shift"], reverse=True)
    assert len(many["fake"]) == 16
    assert len(many["fake"][0]) == len(many["x"])


@pytest.mark.parametrize(("pair", "distance"), [("apart", 4), ("overlapping", 1), ("lost-mode", 2)])
def test_the_best_critic_reaches_the_distance(client: TestClient, pair: str, distance: float) -> None:
    found = ask(client, "lipschitz", pair=pair)
    assert found["wasserstein"] == pytest.approx(distance, abs=1e-3)
    gap = sum(h * g for h, g in zip(found["at_knots"], found["gains"], strict=True))
    assert gap == pytest.approx(distance, abs=1e-3)
    steps = [abs(b - a) for a, b in pairwise(found["at_knots"])]
    assert max(steps) <= 1 + 1e-4


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("optimum", {"real_label": 2}, "real_label"),
        ("optimum", {"real_label": "nan"}, "real_label"),
        ("separation", {"shape": "spheres"}, "shape"),
        ("separation", {"width": 0}, "width"),
        ("modes", {"num": 1_000_000}, "num"),
        ("lipschitz", {"pair": ""}, "pair"),
        ("landscape/", {}, "nothing"),
    ],
)
def test_what_is_out_of_range_is_told(client: TestClient, path: str, query: dict, named: str) -> None:
    answer = client.get(f"/api/theory/{path}", params=query)
    assert answer.status_code in (400, 404)
    assert named in answer.json()["error"]
