"""The counterfeiter's game, round by round: real training, looked at without being changed."""

import math

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.lessons.rounds import BATCH, MAX_ROUNDS, Rounds, _plan
from ganwright.theory import normal_js
from ganwright.training import Engine


@pytest.fixture(scope="module")
def game() -> Rounds:
    game = Rounds(100)
    game.reach(12)
    return game


def test_looking_changes_nothing(game: Rounds, tmp_path) -> None:
    """The same plan, played by the engine alone, comes to the same press."""
    plan = _plan(100, "non-saturating")
    engine = Engine(
        plan.algorithm(), plan.loader(), plan.config, tmp_path, plan.device, EventWriter(tmp_path / "events.jsonl")
    )
    for _ in range(12):
        engine.iterate()
    (linear,) = (m for m in engine.networks["generator"].modules() if isinstance(m, torch.nn.Linear))
    assert game.standings[12].mean == float(linear.bias.detach()[0])
    assert game.standings[12].spread == pytest.approx(float(linear.weight.detach().norm()))


def test_a_round_is_told_as_it_was_played(game: Rounds) -> None:
    before, played, after = game.standings[7], game.rounds[7], game.standings[8]
    assert all(len(v) == BATCH for v in (played.real, played.forged, played.printed, played.push, played.real_said))
    assert torch.tensor(played.real).mean() == pytest.approx(3, abs=0.4)
    assert torch.tensor(played.forged).mean() == pytest.approx(before.mean, abs=0.4)
    assert played.told == after.police  # the police learn first; the press then moves, and they stay
    assert played.told != before.police
    assert (before.mean, before.spread) != (after.mean, after.spread)


def test_the_push_is_what_the_loss_says(game: Rounds) -> None:
    """-d(-log D)/dx = (1 - D) d(logit)/dx, the logit's slope by differences."""
    played, step = game.rounds[11], 1e-3
    score = game._engine.algorithm.score
    assert score is not None
    with torch.no_grad():  # the last round: the police have not changed since
        x = torch.tensor(played.printed)[:, None].float()
        low, here, high = (score(game._engine.networks, x + d, None).double() for d in (-step, 0, step))
    slope = (1 - here.sigmoid()) * (high - low) / (2 * step)
    assert torch.allclose(slope, torch.tensor(played.push, dtype=torch.float64), atol=0.02)


def test_standings_agree_with_the_theory(game: Rounds) -> None:
    now = game.standings[5]
    assert now.js == pytest.approx(float(normal_js(game.real_mean, game.real_std, now.mean, now.spread)))
    assert all(0 <= v <= 1 for v in (*now.police, *now.best, now.real_belief, now.fake_belief))
    step = float(game.x[1] - game.x[0])
    assert sum(game.real_density) * step == pytest.approx(1, abs=1e-3)
    assert sum(now.density) * step == pytest.approx(1, abs=0.02)


def test_the_game_ends_in_good_notes_and_police_that_guess() -> None:
    game = Rounds(101)
    game.reach(400)
    end = game.standings[-1]
    assert game.standings[0].js > 0.6
    assert end.js < 0.03
    assert abs(end.mean - game.real_mean) < 0.3
    assert abs(end.real_belief - 0.5) < 0.06 > abs(end.fake_belief - 0.5)


def test_police_that_sleep_no_longer_change() -> None:
    game = Rounds(100, police_sleep_from=3)
    game.reach(6)
    awake = Rounds(100)
    awake.reach(3)
    assert game.standings[3] == awake.standings[3]
    assert game.standings[3].police == game.standings[6].police
    assert game.standings[3].mean != game.standings[6].mean
    assert game.rounds[4].real == game.rounds[4].told == []
    assert len(game.rounds[4].printed) == BATCH


def test_a_blind_counterfeiter_stays_where_he_is() -> None:
    game = Rounds(100, forger_blind_from=0)
    game.reach(40)
    assert game.standings[40].mean == game.standings[0].mean
    assert game.standings[40].real_belief > game.standings[0].real_belief + 0.1
    assert game.rounds[5].push == game.rounds[5].printed == []


def test_the_textbook_loss_pushes_less_where_he_is_found_out() -> None:
    """Of the same first police: (1 - D) l' against D l'."""
    one, other = Rounds(102), Rounds(102, loss="saturating")
    one.reach(1)
    other.reach(1)
    said = torch.tensor(one.rounds[0].printed_said)
    assert one.rounds[0].printed == other.rounds[0].printed
    ratio = torch.tensor(other.rounds[0].push) / torch.tensor(one.rounds[0].push)
    assert torch.allclose(ratio, said / (1 - said), rtol=1e-3)
    assert math.isfinite(other.standings[1].js)


@pytest.mark.parametrize("num", [-1, MAX_ROUNDS + 1])
def test_a_game_has_an_end(game: Rounds, num: int) -> None:
    with pytest.raises(UserError, match=f"a game has {MAX_ROUNDS} rounds"):
        game.reach(num)
