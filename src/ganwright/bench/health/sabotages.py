"""The table of sabotages: what is broken, how, since when, and which diagnoses count as right.

The right diagnoses were written down before any detector was judged by them; the first is what was done, the others
are what it shows as just as truly (a generator that beats a slow discriminator collapses).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.bench.health import tampering
from ganwright.bench.health.cells import Cell
from ganwright.bench.health.tampering import Tamper
from ganwright.core.table import look_up
from ganwright.recipes.run_config import RunConfig

Changes = Callable[[RunConfig], Mapping[str, Any]]


def _nothing(config: RunConfig) -> Mapping[str, Any]:
    return {}


def _always(cell: Cell) -> bool:
    return True


@dataclass(frozen=True)
class Sabotage:
    """One way to break a run.

    what: in one line. right: diagnoses that count as right, the primary first.
    changes: options that are set, from the config as it is. tamper: what is done to the game beside.
    begins: share of the run after which it begins. num_items: training items that are left; None: all.
    recoverable: True where options of the config can undo it. fits: the cells in which it can be done.
    """

    name: str
    what: str
    right: tuple[str, ...]
    changes: Changes = _nothing
    tamper: Tamper | None = None
    begins: float = 0.0
    num_items: int | None = None
    recoverable: bool = False
    fits: Callable[[Cell], bool] = _always


def game_of(config: RunConfig) -> AdversarialConfig:
    """The game of a config."""
    assert isinstance(config.algorithm, AdversarialConfig)
    return config.algorithm


# -- rates ---------------------------------------------------------------------------------------------------------


def scaled_rates(generator: float, discriminator: float) -> Changes:
    """Both players' rates, or schedules of rates, times these."""
    factors = {"generator": generator, "discriminator": discriminator}

    def changes(config: RunConfig) -> Mapping[str, Any]:
        plain = config.plain()["optimisers"]
        return {
            f"optimisers.{name}.learning_rate": _scaled(plain[name]["learning_rate"], factor)
            for name, factor in factors.items()
            if factor != 1
        }

    return changes


def _scaled(rate: Any, factor: float) -> Any:
    if not isinstance(rate, dict):
        return factor * rate
    return {k: factor * v if k in ("start", "end", "peak") else v for k, v in rate.items()}


def _momentum(config: RunConfig) -> Mapping[str, Any]:
    betas = {f"optimisers.{name}.betas": [0.97, 0.999] for name in config.optimisers}
    return {**scaled_rates(5, 5)(config), **betas}


# -- games ---------------------------------------------------------------------------------------------------------


def _set(**options: Any) -> Changes:
    return lambda config: {name.replace("__", "."): value for name, value in options.items()}


def _wasserstein(config: RunConfig) -> Mapping[str, Any]:
    """A Wasserstein critic that nothing holds."""
    free = {"discriminator.spectral_norm": False} if hasattr(game_of(config).discriminator, "spectral_norm") else {}
    return {"loss": {"kind": "wasserstein"}, "penalties": [], **free}


def _saturating(config: RunConfig) -> Mapping[str, Any]:
    return {"loss": {"kind": "saturating"}, "discriminator_steps": 3, **scaled_rates(1, 5)(config)}


def _memorising(config: RunConfig) -> Mapping[str, Any]:
    """A discriminator twice as wide, held by nothing, for 48 items."""
    own = game_of(config).discriminator
    width = getattr(own, "width", None)
    wide = {"discriminator.hidden": [256, 256]} if width is None else {"discriminator.width": 2 * width}
    smooth = {"loss.real_label": 1.0} if hasattr(game_of(config).loss, "real_label") else {}
    return {"penalties": [], "batch_size": 48, **wide, **smooth}


def _heavy(config: RunConfig) -> Mapping[str, Any]:
    """Every penalty a thousand times as heavy."""
    plain = config.plain()["algorithm"]["penalties"]
    return {
        "penalties": [{k: _scaled(v, 1000) if k in ("weight", "gamma") else v for k, v in p.items()} for p in plain]
    }


# -- where they fit ------------------------------------------------------------------------------------------------


def _on_images(cell: Cell) -> bool:
    return not cell.is_points


def _log_odds(cell: Cell) -> bool:
    """Losses of a classifier, which can saturate."""
    return game_of(cell.config(0)).loss.log_odds


def _held(cell: Cell) -> bool:
    """Something limits how steep the discriminator may be."""
    return bool(game_of(cell.config(0)).penalties)


def _batch_free(cell: Cell) -> bool:
    """The discriminator looks at items one by one, as penalties need it."""
    return getattr(game_of(cell.config(0)).discriminator, "norm", "none") != "batch"


def _has_momentum(cell: Cell) -> bool:
    return all(hasattr(optimiser, "betas") for optimiser in cell.config(0).optimisers.values())


def _few_steps(cell: Cell) -> bool:
    return game_of(cell.config(0)).discriminator_steps == 1


COLLAPSE = ("full-collapse", "partial-collapse")

SABOTAGES: dict[str, Sabotage] = {
    sabotage.name: sabotage
    for sabotage in (
        Sabotage(
            "untrained-discriminator",
            "D is never trained",
            ("discriminator-too-weak", *COLLAPSE),
            _set(discriminator_steps=0),
            recoverable=True,
        ),
        Sabotage(
            "forgotten-discriminator",
            "D is no longer trained after a third of the run",
            ("discriminator-too-weak", *COLLAPSE, "mode-hopping"),
            _set(discriminator_steps=0),
            begins=0.35,
            recoverable=True,
        ),
        Sabotage(
            "ten-steps",
            "D takes ten steps for each of G",
            ("discriminator-too-strong", "discriminator-overfitting"),
            _set(discriminator_steps=10),
            recoverable=True,
            fits=lambda cell: _few_steps(cell) and _log_odds(cell) and _on_images(cell) and cell.images <= 100_000,
        ),
        Sabotage(
            "saturating",
            "a saturating loss against a D with three steps at five times the rate",
            ("discriminator-too-strong", "stalled", "full-collapse"),
            _saturating,
            recoverable=True,
            fits=lambda cell: _log_odds(cell) and _few_steps(cell),
        ),
        Sabotage(
            "constant-latents",
            "G gets the same latent every time",
            ("full-collapse",),
            _set(latent="constant"),
        ),
        Sabotage(
            "busy-generator",
            "G takes five steps for each of D",
            ("discriminator-too-weak", *COLLAPSE, "mode-hopping", "divergence"),
            _set(generator_steps=5),
            recoverable=True,
        ),
        Sabotage(
            "slow-discriminator",
            "D's rate is a tenth of what it was",
            ("discriminator-too-weak", *COLLAPSE, "mode-hopping", "divergence"),
            scaled_rates(1, 0.1),
            recoverable=True,
        ),
        Sabotage(
            "very-slow-discriminator",
            "D's rate is a hundredth of what it was",
            ("discriminator-too-weak", *COLLAPSE, "mode-hopping", "divergence"),
            scaled_rates(1, 0.01),
            recoverable=True,
        ),
        Sabotage(
            "unbounded",
            "a Wasserstein critic without any Lipschitz constraint",
            ("unbounded-critic", "divergence"),
            _wasserstein,
            recoverable=True,
        ),
        Sabotage(
            "miswired-penalty",
            "WGAN-GP whose penalty is on the gradient of the batch's mean score and reads next to nothing",
            ("unbounded-critic", "divergence"),
            _wasserstein,
            tampering.penalty_on_the_mean,
            fits=_batch_free,
        ),
        Sabotage(
            "three-samples",
            "sampling knows three latents only, after a third of the run; losses are those of a healthy game",
            COLLAPSE,
            tamper=tampering.three_samples,
            begins=0.35,
        ),
        Sabotage(
            "three-items",
            "three items are all that D sees as real",
            COLLAPSE,
            tamper=tampering.three_items,
        ),
        Sabotage(
            "three-items-later",
            "after a third of the run three items are all that D sees as real",
            COLLAPSE,
            tamper=tampering.three_items,
            begins=0.35,
        ),
        Sabotage(
            "three-latents",
            "G takes every latent for one of three",
            (*COLLAPSE, "discriminator-too-strong"),
            tamper=tampering.three_latents,
        ),
        Sabotage(
            "shrunk-latents",
            "sampling shrinks its latents to a twentieth, after a third of the run",
            COLLAPSE,
            tamper=tampering.shrunk_latents,
            begins=0.35,
        ),
        Sabotage(
            "rates-x100",
            "both rates are a hundred times as high",
            ("divergence", "non-finite", *COLLAPSE, "unbounded-critic"),
            scaled_rates(100, 100),
            recoverable=True,
        ),
        Sabotage(
            "generator-rate-x100",
            "G's rate is a hundred times as high, after a third of the run",
            ("divergence", *COLLAPSE, "mode-hopping", "non-finite"),
            scaled_rates(100, 1),
            begins=0.35,
            recoverable=True,
        ),
        Sabotage(
            "not-a-number",
            "G's loss is not a number after half of the run",
            ("non-finite",),
            tamper=tampering.not_a_number,
            begins=0.5,
        ),
        Sabotage(
            "rates-cut",
            "both rates fall to a millionth early in the run",
            ("stalled",),
            scaled_rates(1e-6, 1e-6),
            begins=0.12,
            recoverable=True,
        ),
        Sabotage(
            "untrained-generator",
            "G is never trained",
            ("stalled", "discriminator-too-strong"),
            _set(generator_steps=0),
            recoverable=True,
        ),
        Sabotage(
            "sorted-data",
            "data comes sorted by class or mode, in long stretches",
            ("mode-hopping", *COLLAPSE),
            tamper=tampering.sorted_by_group,
        ),
        Sabotage(
            "half-the-classes",
            "every second class or mode never reaches D",
            ("partial-collapse",),
            tamper=tampering.half_of_the_groups,
        ),
        Sabotage(
            "half-the-classes-later",
            "every second class or mode no longer reaches D after a third of the run",
            ("partial-collapse",),
            tamper=tampering.half_of_the_groups,
            begins=0.35,
        ),
        Sabotage(
            "few-items",
            "48 training items, a D twice as wide, no penalty",
            ("discriminator-overfitting", "memorisation", "discriminator-too-strong"),
            _memorising,
            num_items=48,
            fits=_on_images,
        ),
        Sabotage(
            "stored-items",
            "G hands out its 256 training items",
            ("memorisation",),
            tamper=tampering.stored_items,
            num_items=256,
            fits=_on_images,
        ),
        Sabotage(
            "momentum",
            "Adam with beta1 of 0.97 at five times the rates",
            ("divergence", "mode-hopping", *COLLAPSE),
            _momentum,
            recoverable=True,
            fits=_has_momentum,
        ),
        Sabotage(
            "generator-ascends",
            "the sign of G's loss is wrong after 40% of the run",
            ("discriminator-too-strong", "divergence", *COLLAPSE),
            tamper=tampering.generator_ascends,
            begins=0.4,
        ),
        Sabotage(
            "discriminator-ascends",
            "the sign of D's loss is wrong after 40% of the run",
            ("discriminator-too-weak", "divergence", *COLLAPSE, "unbounded-critic", "non-finite"),
            tamper=tampering.discriminator_ascends,
            begins=0.4,
        ),
        Sabotage(
            "tight-clipping",
            "D's weights are clipped to 0.001",
            ("discriminator-too-weak", "stalled", *COLLAPSE),
            _set(penalties=[{"kind": "clip", "limit": 0.001}]),
            recoverable=True,
        ),
        Sabotage(
            "heavy-penalty",
            "every penalty is a thousand times as heavy",
            ("discriminator-too-weak", "stalled", *COLLAPSE),
            _heavy,
            recoverable=True,
            fits=_held,
        ),
    )
}


def sabotages_of(cell: Cell, names: list[str] | None = None) -> list[Sabotage]:
    """The sabotages that fit a cell, or those of them that are named. Raises UserError for names that are none."""
    chosen = SABOTAGES.values() if names is None else [look_up(SABOTAGES, n, "sabotage") for n in dict.fromkeys(names)]
    return [sabotage for sabotage in chosen if sabotage.fits(cell)]
