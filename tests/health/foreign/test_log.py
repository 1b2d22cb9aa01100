"""Which column is what, when rows were written, and how a log becomes a history."""

import math

import pytest

from ganwright.core.errors import UserError
from ganwright.health.foreign.columns import guess
from ganwright.health.foreign.log import NUM_MOMENTS, ForeignLog, understand
from ganwright.health.foreign.table import Table, table_of
from ganwright.health.history import History

Rows = list[dict[str, float | None]]


def understood(rows: Rows, images_per_step: int | None = None, **columns: str) -> ForeignLog:
    return understand(table_of(rows), columns, images_per_step, "log")


def scalars(log: ForeignLog, name: str) -> dict[int, float]:
    series = History.of(log.events).scalar(name)
    return dict(zip(series.images, series.values, strict=True))


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ("step d_loss g_loss", {"step": "step", "d_loss": "d_loss", "g_loss": "g_loss"}),
        ("iter lossD lossG", {"step": "iter", "d_loss": "lossD", "g_loss": "lossG"}),
        ("epoch errD errG", {"step": "epoch", "epoch": "epoch", "d_loss": "errD", "g_loss": "errG"}),
        (
            "global_step Loss/D/loss Loss/G/loss",
            {"step": "global_step", "d_loss": "Loss/D/loss", "g_loss": "Loss/G/loss"},
        ),
        ("Progress/kimg,discriminator loss,generator loss", {"step": "Progress/kimg", "d_loss": "discriminator loss"}),
        ("train/critic_loss train/gen_loss", {"d_loss": "train/critic_loss", "g_loss": "train/gen_loss"}),
        ("DLoss GLoss", {"d_loss": "DLoss", "g_loss": "GLoss"}),
        ("dloss gloss", {"d_loss": "dloss", "g_loss": "gloss"}),
        ("netD_loss netG_loss", {"d_loss": "netD_loss", "g_loss": "netG_loss"}),
        ("val_d_loss d_loss", {"d_loss": "d_loss"}),
        ("d_loss_real d_loss_fake g_loss", {"d_loss_real": "d_loss_real", "d_loss_fake": "d_loss_fake"}),
        ("G_GAN G_L1 D_real D_fake", {"g_loss": "G_GAN", "d_loss_real": "D_real", "d_loss_fake": "D_fake"}),
        ("Loss_D,D(x),D(G(z))", {"d_loss": "Loss_D", "d_real": "D(x)", "d_fake": "D(G(z))"}),
        ("d_loss D_x D_G_z1", {"d_loss": "d_loss", "d_real": "D_x", "d_fake": "D_G_z1"}),
        ("Loss/scores/real Loss/scores/fake", {"d_real": "Loss/scores/real", "d_fake": "Loss/scores/fake"}),
        ("grad_norm/d grad_norm/g", {"d_gradient": "grad_norm/d", "g_gradient": "grad_norm/g"}),
    ],
)
def test_names_that_people_give(names: str, roles: dict[str, str]) -> None:
    found = guess(names.split("," if "," in names else " "))
    assert {role: found.get(role) for role in roles} == roles


@pytest.mark.parametrize("name", ["d_lr", "learning_rate", "val_loss", "time", "d_accuracy", "loss", "grid", "data"])
def test_names_that_are_no_loss_of_a_player(name: str) -> None:
    assert not guess([name]).keys() & {"d_loss", "g_loss"}


def test_asked_columns_and_their_mistakes() -> None:
    rows: Rows = [{"a": float(i), "b": 2.0, "text": None} for i in range(5)]
    assert scalars(understood(rows, d_loss="b", step="a"), "discriminator/loss") == dict.fromkeys(range(5), 2.0)
    for columns, said in (
        ({}, "'a', 'b'"),
        ({"d_los": "b"}, "did you mean 'd_loss'"),
        ({"d_loss": "c"}, "'c' is not there; columns with numbers: 'a', 'b'"),
        ({"d_loss": "text"}, "holds no numbers"),
    ):
        with pytest.raises(UserError, match=said):
            understand(table_of(rows), columns, None, "log")


def test_times_in_images() -> None:
    rows: Rows = [{"step": 10.0 * i, "kimg": 0.5 * i, "d_loss": 1.0} for i in range(4)]
    log = understood(rows)
    assert (log.unit, log.scale, list(scalars(log, "discriminator/loss"))) == ("images", 1000, [0, 500, 1000, 1500])
    steps = [{**row} for row in rows]
    for row in steps:
        del row["kimg"]
    assert understood(steps).unit == "steps"
    log = understood(steps, images_per_step=64)
    assert (log.unit, list(scalars(log, "discriminator/loss"))) == ("images", [0, 640, 1280, 1920])


def test_steps_that_begin_anew_go_on_where_epochs_are_told() -> None:
    rows: Rows = [{"epoch": float(e), "batch": 10.0 * b, "d_loss": 1.0} for e in range(3) for b in range(4)]
    log = understood(rows)
    assert list(scalars(log, "discriminator/loss")) == [40 * e + 10 * b for e in range(3) for b in range(4)]
    assert "an epoch is taken to be 40 steps" in log.notes[0]


def test_rows_of_one_epoch_are_counted() -> None:
    log = understood([{"epoch": float(i // 10), "d_loss": 1.0} for i in range(40)])
    assert (log.unit, len(scalars(log, "discriminator/loss"))) == ("rows", 40)


def test_what_was_written_again_after_going_back_counts() -> None:
    rows: Rows = [{"step": float(i), "d_loss": 1.0} for i in range(6)]
    rows.extend({"step": float(i), "d_loss": 2.0} for i in range(3, 8))
    log = understood(rows)
    assert scalars(log, "discriminator/loss") == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2}
    assert "goes back once" in log.notes[0]


def test_rows_of_one_step_are_put_together() -> None:
    rows: Rows = []
    for i in range(6):
        rows += [
            {"step": float(i), "d_loss": 1.0 + i, "g_loss": None},
            {"step": float(i), "d_loss": None, "g_loss": 2.0},
        ]
    log = understood(rows)
    assert log.unit == "steps"
    assert scalars(log, "discriminator/loss") == {i: 1.0 + i for i in range(6)}
    assert scalars(log, "generator/loss") == dict.fromkeys(range(6), 2.0)


def test_parts_of_the_loss_are_added() -> None:
    log = understood([{"d_loss_real": 0.5, "d_loss_fake": 0.25, "g_loss": 1.0}] * 3)
    assert set(scalars(log, "discriminator/loss").values()) == {0.75}


def test_outputs_are_probabilities_or_logits() -> None:
    inside = understood([{"d_loss": 1.0, "D(x)": 0.9, "D(G(z))": 0.1}] * 3)
    outside = understood([{"d_loss": 1.0, "D(x)": 2.0, "D(G(z))": -3.0}] * 3)
    assert set(scalars(inside, "discriminator/real_probability").values()) == {0.9}
    assert set(scalars(outside, "discriminator/fake_score").values()) == {-3.0}
    assert History.of(outside.events).signal("score_fake").last == -3.0


def test_the_end_is_not_finite_and_the_middle_is_a_gap() -> None:
    rows: Rows = [{"step": float(i), "d_loss": 1.0} for i in range(20)]
    for at in (5, 15, 16, 17, 18, 19):
        rows[at]["d_loss"] = math.nan
    log = understood(rows)
    assert [e["num_images"] for e in log.events if e["type"] == "nonfinite"] == [15]
    assert "not finite once" in log.notes[0]
    rows[19]["d_loss"] = 1.0
    assert not [e for e in understood(rows).events if e["type"] == "nonfinite"]


def test_long_logs_are_told_in_means() -> None:
    log = understood([{"step": float(i), "d_loss": float(i % 2), "g_loss": 1e300} for i in range(5000)])
    told = scalars(log, "discriminator/loss")
    assert len(told) == NUM_MOMENTS
    assert max(told) == 4999
    assert all(abs(v - 0.5) < 0.05 for v in told.values())
    assert all(math.isfinite(v * v) for v in scalars(log, "generator/loss").values())


def test_too_short() -> None:
    with pytest.raises(UserError, match="too few"):
        understand(Table({"d_loss": [1.0]}), {}, None, "log")
