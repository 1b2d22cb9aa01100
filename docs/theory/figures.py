"""Draw the pictures of docs/theory from the functions they explain: `python docs/theory/figures.py [FOLDER]`."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ganwright import theory

mpl.use("Agg")

IMAGES = Path(__file__).resolve().parent / "images"
REAL, FAKE, THIRD, FOURTH = "#0072b2", "#d55e00", "#009e73", "#7f7f7f"  # told apart by colour-blind eyes too
LN2 = math.log(2)
STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.8,
}


def line(low: float, high: float, num: int = 801) -> torch.Tensor:
    return torch.linspace(low, high, num, dtype=torch.float64)


def panels(num: int, width: float = 8.0, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    return figure, [figure.add_subplot(1, num, i + 1) for i in range(num)]


def divergences() -> Figure:
    """The best single normal for two modes, by three divergences."""
    figure, axes = panels(3)
    x = line(-9, 9, 401)
    p = theory.mixture_density(x, torch.tensor([-2.5, 2.5]), 0.6, torch.tensor([0.6, 0.4]))
    means, stds = line(-3, 3, 61), line(0.3, 3.5, 65)
    fits = theory.normal_density(x, means[:, None, None], stds[None, :, None])
    fits = theory.normalise(fits, x)  # the widest lose a little at the ends
    titles = {
        "kl": "KL(p | q): miss nothing",
        "js": "JS(p, q): the cheaper of the two",
        "reverse-kl": "KL(q | p): invent nothing",
    }
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        values = theory.DIVERGENCES[name](p, fits, x)
        row, column = divmod(int(values.argmin()), len(stds))
        ax.fill_between(x, p, color=REAL, alpha=0.25, lw=0, label="data p")
        ax.plot(x, fits[row, column], color=FAKE, label=f"best q: mean {means[row]:.1f}, std {stds[column]:.2f}")
        ax.set(title=title, xlabel="x", xlim=(-7, 7), ylim=(0, 0.95))
        ax.legend(loc="upper right")
    return figure


def optimal_discriminator() -> Figure:
    figure, (left, right) = panels(2)
    x = line(-3, 7)
    p, q = theory.normal_density(x, 3.0, 0.8), theory.normal_density(x, 1.0, 1.0)
    for ax in (left, right):
        ax.fill_between(x, p, color=REAL, alpha=0.25, lw=0, label="data p")
        ax.fill_between(x, q, color=FAKE, alpha=0.25, lw=0, label="generator q")
        ax.set(xlabel="x", ylim=(0, 1.02))
    left.plot(x, theory.optimal_probability(p, q), color="black", label="D* = p / (p + q)")
    left.set_title("labels 1 and 0")
    right.plot(x, theory.optimal_probability(p, q, 0.9), color="black", label="D*, real label 0.9")
    right.plot(x, theory.optimal_probability(p, q, 0.9, 0.1), color=THIRD, ls="--", label="D*, labels 0.9 and 0.1")
    right.set_title("smoothed labels")
    for ax in (left, right):
        ax.legend(loc="upper left")
    return figure


def saturation() -> Figure:
    figure, (losses, by_probability, by_logit) = panels(3, 9.0)
    d, logit = line(0.004, 0.996), line(-8, 8)
    games = [
        ("saturating log(1 - D)", FAKE, theory.saturating(d), theory.saturating_of_logit(logit)),
        ("non-saturating -log D", REAL, theory.non_saturating(d), theory.non_saturating_of_logit(logit)),
    ]
    for name, colour, of_d, of_logit in games:
        losses.plot(logit, of_logit.loss, color=colour, label=name)
        by_probability.plot(d, of_d.gradient, color=colour)
        by_logit.plot(logit, of_logit.gradient, color=colour)
    losses.set(title="loss against D's logit", xlabel="logit l")
    losses.legend(loc="lower left")
    by_probability.set(title="derivative by D: neither vanishes", xlabel="D", ylim=(-10, 0.5))
    by_probability.annotate("-1, not 0", (0.0, -1.0), (0.33, -7.5), arrowprops={"arrowstyle": "->"})
    by_logit.set(title="derivative by the logit: one vanishes", xlabel="logit l   (left: found out)")
    return figure


def wasserstein() -> Figure:
    figure, (densities, areas, critics) = panels(3, 9.0)
    x = line(-4, 8)
    p = theory.mixture_density(x, torch.tensor([-1.5, 5.0]), 0.7, torch.tensor([0.4, 0.6]))
    q = theory.normal_density(x, 1.5, 1.0)
    step = x[1] - x[0]
    of_p, of_q = (p * step).cumsum(0), (q * step).cumsum(0)
    for ax, a, b in ((densities, p, q), (areas, of_p, of_q)):
        ax.plot(x, a, color=REAL, label="data p")
        ax.plot(x, b, color=FAKE, label="generator q")
        ax.set_xlabel("x")
    densities.set(title="densities", ylim=(-0.01, 0.52))
    densities.legend(loc="upper right")
    areas.fill_between(x, of_p, of_q, color=THIRD, alpha=0.3, lw=0)
    areas.set_title(f"distribution functions: area {float(theory.wasserstein_distance(p, q, x)):.2f}")
    critics.plot(x, theory.optimal_critic(p, q, x), color="black")
    critics.set(title="the best 1-Lipschitz critic", xlabel="x")
    return figure


def separation() -> Figure:
    figure, axes = panels(3, 9.0)
    s = line(0, 4)
    shapes = [
        ("lines, or deltas", theory.parallel_lines(s)),
        ("uniforms of width 1", theory.shifted_uniforms(s)),
        ("normals of std 0.5", theory.shifted_normals(s, 0.5)),
    ]
    for ax, (title, found) in zip(axes, shapes, strict=True):
        ax.plot(s, found.wasserstein, color=THIRD, label="W1")
        finite = found.kl.isfinite()
        if int(finite.sum()) > 1:
            ax.plot(s[finite], found.kl[finite], color=FAKE, label="KL")
        else:
            ax.plot([], [], color=FAKE, label="KL: infinite")
        for values, colour, name in ((found.js, REAL, "JS"), (found.total_variation, FOURTH, "total variation")):
            jumps = bool(values[1] > 0.5)
            ax.plot(s[1:] if jumps else s, values[1:] if jumps else values, color=colour, label=name)
            if jumps:
                ax.plot(0, 0, marker="o", ms=4, color=colour, clip_on=False)
        ax.axhline(LN2, color=REAL, lw=0.8, ls=":")
        ax.set(title=title, xlabel="separation s", ylim=(-0.03, 2.2))
        ax.legend(loc="upper right")
    return figure


def duality() -> Figure:
    figure, (plan_ax, potential_ax) = panels(2, 8.0, 3.5)
    generator = torch.Generator().manual_seed(3)
    p = torch.randn(14, 2, generator=generator, dtype=torch.float64) * 0.6 + torch.tensor([1.2, 0.6])
    q = torch.randn(14, 2, generator=generator, dtype=torch.float64) * 0.8 - torch.tensor([1.0, 0.4])
    transport, potential = theory.transport_plan(p, q), theory.lipschitz_potential(p, q)
    for i, j in (transport.plan > 1e-9).nonzero().tolist():
        plan_ax.plot(*zip(p[i].tolist(), q[j].tolist(), strict=True), color=FOURTH, lw=1.0)
    across, up = line(-3.2, 3.2, 81), line(-2.6, 2.6, 61)
    ground = torch.cartesian_prod(across, up)
    heights = potential(ground).reshape(len(across), len(up)).T
    levels = potential_ax.contourf(across, up, heights, 14, cmap="cividis")
    figure.colorbar(levels, ax=potential_ax, shrink=0.9)
    for ax in (plan_ax, potential_ax):
        ax.scatter(*p.T, s=22, color=REAL, edgecolor="white", lw=0.6, zorder=3, label="p")
        ax.scatter(*q.T, s=22, color=FAKE, edgecolor="white", lw=0.6, zorder=3, label="q")
        ax.set(aspect="equal", xlim=(-3.2, 3.2), ylim=(-2.6, 2.6))
        ax.grid(False)
    plan_ax.set_title(f"primal: move the mass, {float(transport.value):.4f}")
    plan_ax.legend(loc="upper left")
    potential_ax.set_title(f"dual: raise a critic, {float(potential.value):.4f}")
    return figure


def lost_modes() -> Figure:
    figure, (left,) = panels(1, 5.0, 3.0)
    share = line(0.005, 1)
    cost = theory.coverage_cost(share)
    left.plot(share, cost.js, color=REAL, label="JS(data, generator)")
    left.plot(share, cost.reverse_kl, color=FAKE, label="KL(generator | data)")
    left.axhline(LN2, color=REAL, lw=0.8, ls=":")
    half = float(theory.coverage_cost(0.5).js)
    left.plot(0.5, half, "o", color=REAL, ms=5)
    left.annotate(f"one of two: {half:.4f}", (0.5, half), (0.1, 0.1), arrowprops={"arrowstyle": "->"})
    left.annotate("ln 2", (0.93, LN2 + 0.03), color=REAL)
    left.set(xlabel="share of modes covered", ylabel="nats", ylim=(0, 2.2), xlim=(0, 1))
    left.legend(loc="upper right")
    return figure


def kernel_density() -> Figure:
    figure, axes = panels(3)
    x = line(-4, 4)
    samples = torch.randn(150, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rule = float(theory.silverman_bandwidth(samples))
    widths = [(rule / 5, "a fifth of it: noise"), (rule, "Silverman's bandwidth"), (rule * 4, "four times it: blurred")]
    for ax, (width, title) in zip(axes, widths, strict=True):
        ax.fill_between(x, theory.normal_density(x), color=REAL, alpha=0.25, lw=0, label="truth")
        ax.plot(x, theory.density_of_samples(samples, x, width), color=FAKE, label=f"h = {width:.2f}")
        ax.plot(samples, torch.full_like(samples, -0.02), "|", color=FOURTH, ms=4, alpha=0.5)
        ax.set(title=title, xlabel="x", ylim=(-0.04, 0.62))
        ax.legend(loc="upper right")
    return figure


FIGURES: dict[str, Callable[[], Figure]] = {
    "divergences": divergences,
    "optimal-discriminator": optimal_discriminator,
    "saturation": saturation,
    "wasserstein": wasserstein,
    "separation": separation,
    "duality": duality,
    "lost-modes": lost_modes,
    "kernel-density": kernel_density,
}


def main(folder: Path = IMAGES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        for name, draw in FIGURES.items():
            draw().savefig(folder / f"{name}.png", metadata={"Software": None})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
