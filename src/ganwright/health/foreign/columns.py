"""Which column of another program's log is what: the names that people give to the losses of a GAN."""

import re
from collections.abc import Iterable, Mapping

from ganwright.core.errors import UserError, nearest
from ganwright.health.foreign.table import Table

ROLES: dict[str, str] = {
    "d_loss": "loss of the discriminator or critic",
    "g_loss": "loss of the generator",
    "d_loss_real": "the part of the discriminator's loss on real items",
    "d_loss_fake": "the part of the discriminator's loss on samples",
    "d_real": "the discriminator's output on real items, D(x): logits, or probabilities where all lie in 0 to 1",
    "d_fake": "the same on samples, D(G(z))",
    "d_gradient": "norm of the gradient of the discriminator's loss by its weights",
    "g_gradient": "the same of the generator",
    "step": "when: a step, an iteration, an epoch, or thousands of images where its name says kimg",
    "epoch": "the epoch, which a step that begins anew in every epoch needs",
}
"""What is looked for; those are the names that `--columns` takes."""

_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_JOINED = {
    **{f"{a}{b}": (a, b) for a in ("d", "g") for b in ("loss", "err", "cost", "real", "fake", "grad")},
    **{f"{b}{a}": (b, a) for a in ("d", "g") for b in ("loss", "err", "cost", "net")},
    **{f"{a}net": (a,) for a in ("d", "g")},
}
_D = {"d", "disc", "discr", "discrim", "discriminator", "critic", "dis", "netd"}
_G = {"g", "gen", "generator", "netg"}
_LOSS = {"loss", "losses", "err", "error", "cost", "objective"}
_OUTPUT = {"score", "scores", "logit", "logits", "output", "out", "pred", "prob", "probability", "mean"}
_NOISE = {"train", "training", "mean", "avg", "average", "total", "epoch", "step", "iter", "gan", "adv", "adversarial"}
_OTHER = {
    *("val", "valid", "validation", "test", "eval", "lr", "rate", "learning", "grad", "grads", "gradient", "norm"),
    *(
        "acc",
        "accuracy",
        "time",
        "std",
        "var",
        "num",
        "min",
        "max",
        "weight",
        "weights",
        "real",
        "fake",
        "gp",
        "seconds",
    ),
    *("penalty", "r", "reg", "pl", "ppl", "l", "cycle", "idt", "identity", "vgg", "fm", "feature", "perceptual"),
    *(
        "rec",
        "recon",
        "kl",
        "aux",
        "cls",
        "class",
        "signs",
        "sign",
        "smooth",
        "ema",
        "count",
        "size",
        "updates",
        "param",
    ),
}
_GRADIENT = {"grad", "grads", "gradient", "gradients"}
_MOST_FOREIGN = 3

_IMAGES = {"images", "numimages", "nimages", "nimg", "imagesseen", "samplesseen", "shownimages", "curnimg"}
_STEPS = {
    "step",
    "steps",
    "iteration",
    "iterations",
    "iter",
    "iters",
    "it",
    "itr",
    "niter",
    "update",
    "updates",
    "tick",
}
_BATCHES = {"batch", "batches", "batchidx", "i"}
_EPOCHS = {"epoch", "epochs"}
_BESIDE = {"global", "total", "current", "cur", "train", "trainer", "training", "progress", "num", "no", "idx"}


def assign(table: Table, asked: Mapping[str, str], where: str) -> dict[str, str]:
    """Role -> name of the column that has it.

    asked: roles by the user. Raises UserError for roles and columns that do not exist, and where neither player's loss
    is found.
    """
    names = table.numeric
    for role, name in asked.items():
        if role not in ROLES:
            raise UserError(f"--columns: unknown role '{role}'; {nearest(role, ROLES)}")
        if name not in names:
            empty = " holds no numbers" if name in table.columns else " is not there"
            raise UserError(f"{where}: column '{name}'{empty}; {_shown(names)}")
    free = [name for name in names if name not in asked.values()]
    free.sort(key=lambda name: table.columns[name].count(None))  # of two that fit alike the one that says more
    found = {**guess(free), **asked}
    if found.get("epoch") == found.get("step"):
        found.pop("epoch", None)
    if not found.keys() & {"d_loss", "g_loss", "d_loss_real", "d_loss_fake"}:
        raise UserError(
            f"{where}: no column looks like a loss of a discriminator or generator; "
            f"name them with --columns d_loss=NAME,g_loss=NAME; {_shown(names)}"
        )
    return found


def guess(names: Iterable[str]) -> dict[str, str]:
    """The likeliest column of each role, for those that have one."""
    names = list(names)
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        for role, cost in _costs(name).items():
            if role not in best or cost < best[role][0]:
                best[role] = (cost, name)
    found = {role: name for role, (_, name) in best.items()}
    outputs = [found.get(role, "") for role in ("d_real", "d_fake")]
    if not found.keys() & {"d_loss", "d_loss_real"} and all(_is_bare(name) for name in outputs):
        # pix2pix and CycleGAN log the halves of D's loss as D_real and D_fake
        found["d_loss_real"], found["d_loss_fake"] = found.pop("d_real"), found.pop("d_fake")
    return found


def factor(name: str) -> int | None:
    """Images that a unit of a step's column is, where its name says so; None: it counts something else."""
    joined = "".join(words(name))
    if words(name)[-1:] in (["kimg"], ["kimgs"]):
        return 1000
    return 1 if joined in _IMAGES else None


def counts_epochs(name: str) -> bool:
    """Whether a step's column counts epochs."""
    return bool(_EPOCHS & set(words(name)[-1:]))


def words(name: str) -> list[str]:
    """The words of a name, in small letters: "lossD" -> loss, d."""
    found: list[str] = []
    for word in _SPLIT.findall(name):
        found.extend(_JOINED.get(word.lower(), (word.lower(),)))
    return found


def _costs(name: str) -> dict[str, int]:
    """For each role that this name may mean, how far it is from its plain name."""
    bare = name.replace(" ", "").lower()
    if bare in ("d(x)", "d(g(z))"):
        return {"d_real" if bare == "d(x)" else "d_fake": 0}
    said = words(name)
    has = set(said)
    costs = _as_step(said)
    of_d, of_g = bool(has & _D), bool(has & _G)
    if has & _GRADIENT and "norm" in has and of_d != of_g:
        costs["d_gradient" if of_d else "g_gradient"] = len(said)
    side = has & {"real", "fake"}
    if len(side) == 1 and not of_g and not has & (_OTHER - {"real", "fake"}):
        (which,) = side
        if has & _OUTPUT and not (of_d and has & _LOSS):
            costs[f"d_{which}"] = 2 + len(said)
        elif of_d and has & _LOSS:
            costs[f"d_loss_{which}"] = len(said)
        elif of_d:
            costs[f"d_{which}"] = len(said)
    if said[:2] == ["d", "x"] and len(said) == 2:
        costs["d_real"] = 0
    if said[:3] == ["d", "g", "z"] and len(said) <= 4:
        costs["d_fake"] = len(said)
    if of_d != of_g and not has & _OTHER:
        foreign = len(has - _D - _G - _LOSS - _NOISE)
        plain = foreign + (0 if has & _LOSS else 2)
        if plain <= _MOST_FOREIGN and (has & _LOSS or not has & (_STEPS | _BATCHES | _EPOCHS | _OUTPUT - _NOISE)):
            costs["d_loss" if of_d else "g_loss"] = 10 * plain + len(said)
    return costs


def _as_step(said: list[str]) -> dict[str, int]:
    joined = "".join(said)
    if joined in _IMAGES:
        return {"step": 0}
    rest = [word for word in said if word not in _BESIDE]
    if len(rest) != 1 and joined not in _STEPS | _BATCHES:
        return {}
    head = rest[0] if len(rest) == 1 else joined
    if head in ("kimg", "kimgs"):
        return {"step": 10 + len(said)}
    for cost, known in ((20, _STEPS - {"tick"}), (30, _BATCHES), (35, {"tick"})):
        if head in known:
            return {"step": cost + len(said)}
    return {"step": 40 + len(said), "epoch": len(said)} if head in _EPOCHS else {}


def _is_bare(name: str) -> bool:
    """Whether a name is "D_real" and no more."""
    return len(words(name)) == 2


def _shown(names: list[str]) -> str:
    shown = ", ".join(f"'{name[:60]}'" for name in names[:16])
    return f"columns with numbers: {shown or 'none'}{' and more' if len(names) > 16 else ''}"
