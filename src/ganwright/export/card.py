"""The model card: a README.md beside an exported generator."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganwright.core.wording import figure_lines, protocol_lines
from ganwright.export.about import About
from ganwright.export.parity import Parity

MARK = "<!-- written by `ganwright export` -->"
"""First line of every card, so that no README of the user's is ever overwritten."""


def card(
    about: About, file: Path, sha256: str, parity: Parity, picture: str, num_shown: int, notes: Sequence[str] = ()
) -> str:
    """Markdown that says what the generator is, where it comes from, how good it is and how to use it.

    file: the exported one; sha256: of its bytes. picture, num_shown: the name of a file of so many
    samples beside it.
    notes: sentences that must be said first.
    """
    images = len(about.shape) == 3
    size = "x".join(map(str, about.shape))
    what = f"{size} images (channels x height x width)" if images else f"points of {about.shape[0]} numbers"
    classes = f", of {about.num_classes} classes that can be asked for" if about.num_classes else ""
    parts = [
        MARK,
        f"# {about.recipe} on {about.data}",
        *(f"> {note}" for note in notes),
        f"A generator of a GAN (`{about.kind}`, recipe `{about.recipe}`) that makes {what}{classes}. "
        f"It saw {about.num_images:,} images in training.",
        f"![Samples, none chosen: the first {num_shown} of seed 0]({picture})",
        "## How to use it",
        _usage(about, file),
        "## Inputs",
        _inputs(about),
        "## Data",
        f"Trained on `{about.data}`. Licence of the data: {about.licence}. "
        "Whether it reaches what is made from it is for its user to find out."
        + (f" Content hash of the training items: `{about.data_hash[:16]}`." if about.data_hash else ""),
        "## Figures",
        _figures(about),
        "## Health of the training",
        about.health or "Nobody watched it: no signals were logged.",
        "## Limits",
        _limits(about),
        "## Marks",
        f"Pictures written by ganwright carry the IPTC mark of media made by a trained model "
        f"(`{about.digital_source_type}`); so does this file in its metadata. Whoever writes pictures otherwise has to "
        "mark them.",
        "## The file",
        f"`{file.name}`, SHA-256 `{sha256}`. Weights: SHA-256 `{about.weights_sha256}`. When it was written it was "
        f"compared with the trained network on batches of {_listed(parity.sizes)}: values "
        + (f"differ by at most {parity.largest:.1e}" if parity.largest else "are equal")
        + ". Made with "
        + ", ".join(f"{n} {v}" for n, v in about.versions.items())
        + ".",
    ]
    if about.citation:
        parts += ["## Citation", f"```bibtex\n{about.citation.strip()}\n```"]
    parts += ["## Settings", f"```json\n{json.dumps(about.config, indent=1)}\n```"]
    return "\n\n".join(parts) + "\n"


def _usage(about: About, file: Path) -> str:
    label = f", labels={json.dumps(about.class_names[0]) if about.class_names else 0}" if about.num_classes else ""
    lines = [
        "```python",
        "import ganwright as gw",
        "",
        f'generator = gw.load("{file.name}")',
        f"images = generator.sample(16, seed=1{label})  # float, {'in [-1, 1], ' if about.bounded else ''}"
        f"(16, {', '.join(map(str, about.shape))})",
        "```",
    ]
    if file.suffix == ".onnx":
        given = f'"latents": {_NUMPY[about.latent].format(size=about.latent_size, limit=about.latent_limit)}'
        given += ', "labels": np.zeros(16, "int64")' if about.num_classes else ""
        lines += [
            "",
            "Without ganwright, in any program with onnxruntime:",
            "",
            "```python",
            "import numpy as np, onnxruntime",
            "",
            f'session = onnxruntime.InferenceSession("{file.name}")',
            f'images = session.run(["images"], {{{given}}})[0]',
            "```",
        ]
    if about.bounded:
        lines += ["", "As bytes: `((images + 1) * 127.5).round().clip(0, 255)`."]
    return "\n".join(lines)


_LATENTS = {
    "normal": "standard normal numbers",
    "uniform": "numbers uniform in [-1, 1]",
    "truncated": "standard normal numbers without those beyond the limit {limit}",
    "constant": "zeros",
}


_NUMPY = {
    "normal": 'np.random.randn(16, {size}).astype("float32")',
    "uniform": 'np.random.uniform(-1, 1, (16, {size})).astype("float32")',
    "truncated": 'np.random.randn(16, {size}).clip(-{limit}, {limit}).astype("float32")',
    "constant": 'np.zeros((16, {size}), "float32")',
}


def _inputs(about: About) -> str:
    drawn = _LATENTS[about.latent].format(limit=about.latent_limit)
    rows = [f"- `latents` (N, {about.latent_size}), float32: {drawn}."]
    if about.num_classes:
        names = ", ".join(about.class_names[:20]) + (", ..." if len(about.class_names) > 20 else "")
        rows.append(f"- `labels` (N,), int64, 0 to {about.num_classes - 1}: {names}.")
    if about.truncation == "style":
        rows.append("- `truncation`, one number: 1 as trained (may be left out), 0 the mean of all.")
    if about.noises:
        rows.append(
            f"- `noise_0` to `noise_{len(about.noises) - 1}` (N or 1, 1, H, W), float32, of sides "
            f"{_listed(dict.fromkeys(f'{h}x{w}' for h, w in about.noises))}: noise of each layer; where they are left "
            "out, maps that stay the same."
        )
    return "\n".join(rows)


def _figures(about: About) -> str:
    if not about.figures:
        return "None were measured; `ganwright evaluate` does so before an export."
    figures = [{name: _number(value) for name, value in figure.items()} for figure in about.figures]
    return "\n".join(["```text", *figure_lines(figures), *protocol_lines(figures), "```"])


def _number(value: object) -> object:
    """Non-finite numbers, which events hold as text, as numbers."""
    return float(value) if isinstance(value, str) and value in ("nan", "inf", "-inf") else value


def _limits(about: About) -> str:
    return "\n".join(
        [
            f"- It knows nothing but `{about.data}`, and repeats what is skewed or wrong in it.",
            "- What it makes is no record of anything. It may come close to items that it was trained on; `ganwright "
            "evaluate` measures by how much (memorisation).",
            "- Rare kinds of items may be missing: look at recall and coverage, not at pictures alone.",
        ]
    )


def _listed(values: Iterable[object]) -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last
