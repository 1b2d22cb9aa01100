"""Dotted options are parted from a verb's flags as people write them."""

import pytest

from ganwright.cli.overrides import Given, split, unknown_option

FLAGS = ("--seed", "--images", "-n", "--json")


@pytest.mark.parametrize(
    ("line", "kept", "options"),
    [
        ("digits --seed 3", "digits --seed 3", {}),
        ("digits --generator.width 32", "digits", {"generator.width": "32"}),
        ("digits --generator.width=32", "digits", {"generator.width": "32"}),
        ("--loss hinge digits", "digits", {"loss": "hinge"}),
        ("digits --batch-size 8 --json", "digits --json", {"batch_size": "8"}),
        ("digits --generator.latent-size 8", "digits", {"generator.latent_size": "8"}),
        ("digits --data.flip --seed 3", "digits --seed 3", {"data.flip": True}),
        ("digits --data.flip", "digits", {"data.flip": True}),
        ("digits --data.flip false -n 3", "digits -n 3", {"data.flip": "false"}),
        ("digits --no-data.flip", "digits", {"data.flip": False}),
        ("digits --no-data.flip --seed 1", "digits --seed 1", {"data.flip": False}),
        ("digits --a.shift -1.5", "digits", {"a.shift": "-1.5"}),
        ("digits --a.shift -.5", "digits", {"a.shift": "-.5"}),
        ("digits --a.text=-n", "digits", {"a.text": "-n"}),
        ("digits --a.equation=x=1", "digits", {"a.equation": "x=1"}),
        ("digits --a.b 1 --a.b 2", "digits", {"a.b": "2"}),
        ("digits --seed=3 --a.b=1", "digits --seed=3", {"a.b": "1"}),
        ("digits -- --a.b 1", "digits -- --a.b 1", {}),
    ],
)
def test_split(line: str, kept: str, options: dict[str, str | bool]) -> None:
    assert split(line.split(), FLAGS) == (kept.split(), options)


def test_values_are_read_as_toml_or_words() -> None:
    given = Given(
        {"a": "3", "b": "1e-4", "c": "true", "d": "hinge", "e": "0.5,0.9", "f": False, "g": "", "h": "/tmp/x y"}
    )
    assert given.values() == {
        "a": 3,
        "b": 1e-4,
        "c": True,
        "d": "hinge",
        "e": [0.5, 0.9],
        "f": False,
        "g": "",
        "h": "/tmp/x y",
    }


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("recpie", "--recipe"),
        ("bacth_size", "--batch-size"),
        ("width", "--generator.width or --discriminator.width"),
        ("generator_width", "--generator.width"),
        ("zzz", "list options"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(name: str, offered: str) -> None:
    dotted = ["generator.width", "discriminator.width"]
    message = str(unknown_option(name, ["--recipe", "-n", "DATA"], ["batch_size"], dotted))
    assert message.startswith(f"unknown flag or option --{name.replace('_', '-')}; ")
    assert offered in message
    assert "\n" not in message
