"""The sections of the page, as HTML. Every text that comes from the run is escaped."""

import shlex
from collections.abc import Iterable
from html import escape
from typing import Any

from ganwright import __version__
from ganwright.core.wording import duration, error_text, number, protocol_lines, title_of
from ganwright.metrics import METRICS
from ganwright.runs.course import Course
from ganwright.runs.report_charts import Chart
from ganwright.runs.report_facts import RunFacts, is_number
from ganwright.runs.report_panels import Shown, png_address

CITATION = f"""@software{{ganwright,
  title   = {{ganwright: train, understand, judge and ship generative adversarial networks}},
  author  = {{{{The ganwright contributors}}}},
  version = {{{__version__}}}
}}"""


_MARK = '<span class="mark" title="differs from the recipe"></span>'
_SAID = '<span class="hidden-text"> changed</span>'
_CHANGED = ' class="changed"'


def masthead(facts: RunFacts) -> str:
    """Title, state, the numbers one asks for first, and what is missing."""
    facts_list = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}{f'<small>{escape(more)}</small>' if more else ''}</dd></div>"
        for name, value, more in _headline(facts)
    )
    problems = "".join(f"<li>{escape(p)}</li>" for p in facts.problems)
    return f"""<header class="masthead wrap">
<p class="kicker">ganwright · run report</p>
<h1>{escape(facts.recipe)} <span class="on">on</span> {escape(facts.data)}</h1>
<p class="state {facts.state.kind}"><span>{escape(facts.state.sentence)}</span></p>
{f'<ul class="problems" aria-label="What is missing">{problems}</ul>' if problems else ""}
<dl class="facts">{facts_list}</dl>
</header>"""


def _headline(facts: RunFacts) -> Iterable[tuple[str, str, str]]:
    goal, seen = facts.goal_images, facts.num_images
    items = facts.part("data").get("num_items")
    epochs = f"{number(seen / items)} epochs" if is_number(items) and items else ""
    yield "Images seen", f"{seen:,}", f"of {goal:,}" if goal and goal > seen else epochs
    if facts.seconds is not None:
        speed = facts.images_per_second
        yield "Time", duration(facts.seconds), f"{speed:,.0f} images/s" if speed is not None else ""
    for figure in facts.figures:
        if figure["name"] == "fid":
            floor = figure["floor"]
            yield "FID", number(figure["value"]), f"floor {number(floor)}" if floor is not None else ""
    for name, count in facts.part("parameters").items():
        if is_number(count):
            yield name.replace("_", " ").capitalize(), _amount(count), "parameters"
    if "seed" in facts.options:
        yield "Seed", str(facts.options["seed"]), ""


def navigation(sections: Iterable[tuple[str, str]]) -> str:
    """Links to the sections, each (id, name)."""
    links = "".join(f'<a href="#{id}">{name}</a>' for id, name in sections)
    return f'<nav aria-label="Sections"><div class="wrap">{links}</div></nav>'


def newest_panel(facts: RunFacts) -> str:
    """The last panel beside real data."""
    newest = next((p for p in reversed(facts.panels) if p.fixed), None)
    after = f"after {newest.num_images:,} images" if newest else ""
    made = png_address(newest.fixed) if newest and newest.fixed else ""
    real = png_address(facts.real_panel) if facts.real_panel else ""
    pair = _picture("Generated", after, made, f"Generated samples {after}", "There is no sample panel yet.")
    origin = f"from {facts.data}"
    pair += _picture("Real", origin, real, f"Real items {origin}", "There is no panel of real data.")
    lead = "What the generator makes now, beside what it learns from."
    return _section("samples", "Samples", lead, f'<div class="pair">{pair}</div>')


def growth(shown: list[Shown], note: str) -> str:
    """The slider over both panels."""
    if len(shown) < 2:
        return ""
    last = shown[-1]
    pair = "".join(
        _picture(
            f"{title} latents", about, str(last.get(kind, "")), f"Samples from {kind} latents", absent, f"panel-{kind}"
        )
        for kind, title, about, absent in (
            ("fixed", "Fixed", "the same points at every step", "No fixed panel was drawn."),
            ("fresh", "Fresh", "new points at every step", "No fresh panel was drawn."),
        )
    )
    player = f"""<div class="player"><button type="button" aria-pressed="false">Play</button>
<input type="range" min="0" max="{len(shown) - 1}" step="1" value="{len(shown) - 1}" aria-label="Moment of the run">
<output>{int(last["images"]):,} images</output></div>"""
    lead = f"Samples over the run{f'; {escape(note)}' if note else ''}."
    return _section("growth", "How they grew", lead, f'{player}<div class="pair">{pair}</div>')


def _picture(title: str, about: str, address: str, alt: str, absent: str, id: str = "") -> str:
    name = f' id="{id}" data-what="{escape(alt)}"' if id else ""
    shown = f'<img{name} src="{address}" alt="{escape(alt)}">' if address else f'<p class="absent">{absent}</p>'
    return (
        f'<figure class="picture">{shown}<figcaption><b>{title}</b> <span>{escape(about)}</span></figcaption></figure>'
    )


def curves(charts: list[Chart], num_resumed: int, num_left_out: int, course: Course) -> str:
    """A frame for every chart; the page's script fills them."""
    if not charts:
        return _section("curves", "Curves", "No scalar was logged.")
    notes = ["Drag across a chart to zoom, in all of them at once."]
    notes += ["A dashed upright line marks where the run was resumed."] if num_resumed else []
    notes += ["A bar above a curve: failing; a dashed one: to be watched."] if course.episodes else []
    notes += ["An arrow leads from where the run went back to where to."] if course.recoveries else []
    notes += [f"For size, {num_left_out:,} log entries in between are left out."] if num_left_out else []
    return f"""<section id="curves"><div class="head"><div><h2>Curves</h2>
<p class="lead">{" ".join(notes)}</p></div>
<div class="tools"><button type="button" data-tool="smooth" aria-pressed="false">Smooth</button>
<button type="button" data-tool="reset">Reset zoom</button></div></div>
<noscript><p class="lead">The charts need JavaScript.</p></noscript>
<div class="charts">{"".join(map(_frame, charts))}</div></section>"""


def _frame(chart: Chart) -> str:
    several = f"{len(chart.bad)} log entries hold" if len(chart.bad) > 1 else "1 log entry holds"
    warning = f'<p class="warning">▲ {several} non-finite values</p>' if chart.bad else ""
    return f"""<figure class="chart" id="chart-{escape(chart.id)}">
<header><div><h3>{escape(chart.title)}</h3><p>{escape(chart.explained)}</p></div>
<button type="button" aria-pressed="false" aria-label="log scale of {escape(chart.title)}">log</button></header>
<div class="plot" role="img" aria-label="{escape(chart.summary())}"></div>
<div class="legend"></div>{warning}
</figure>"""


def metrics(facts: RunFacts) -> str:
    """The figures of the last evaluation with their protocol."""
    figures = facts.figures
    if not figures:
        command = f"<code>ganwright evaluate {escape(shlex.quote(str(facts.folder)))}</code>"
        return _section("metrics", "Metrics", f"Not judged yet; {command} does it.")
    event = facts.last_evaluation
    noted = event.get("notes")
    notes = [*protocol_lines(figures), *(noted if isinstance(noted, list) else [])]
    listed = "".join(f"<li>{escape(capitalised(str(n).strip()))}</li>" for n in notes)
    headings = "".join(
        f'<th scope="col"{number_class}>{name}</th>'
        for name, number_class in (
            ("Figure", ""),
            *((n, ' class="number"') for n in ("Samples", "Real", "Floor")),
            ("", ""),
        )
    )
    lead = (
        f"After {event['num_images']:,} images. Compare only figures of equal protocol. "
        "The floor is what other real data scores against real data, and so what perfect samples would; "
        "\u00b1 is one standard error."
    )
    table = f"<table><thead><tr>{headings}</tr></thead><tbody>{''.join(map(_row, figures))}</tbody></table>"
    drawn = "".join(
        _picture(capitalised(title_of(name.replace("-", " "))), "", png_address(file), f"What {name} found", "")
        for name, file in facts.evaluation_pictures.items()
    )
    body = f'<div class="scroll">{table}</div><ul class="notes">{listed}</ul>'
    return _section("metrics", "Metrics", lead, body + (f'<div class="pair">{drawn}</div>' if drawn else ""))


def _row(figure: dict[str, Any]) -> str:
    known = METRICS.get(figure["name"])
    unit = f" <small>{escape(figure['unit'])}</small>" if figure["unit"] else ""
    cells = ""
    for key, label in (("value", "Samples"), ("real", "Real"), ("floor", "Floor")):
        beside = f" <small>{escape(error_text(figure['error']))}</small>{unit}" if key == "value" else ""
        shown = f"<span>{escape(number(figure[key]))}{beside}</span>"
        cells += f'<td class="number" data-label="{label}">{shown if figure[key] is not None else ""}</td>'
    name = escape(capitalised(title_of(figure["name"])))
    about = escape(capitalised(known.description)) if known else ""
    about += f" <b>({escape(figure['remark'])})</b>" if figure["remark"] else ""
    return f'<tr><th scope="row">{name}</th>{cells}<td class="about">{about}</td></tr>'


def config(facts: RunFacts) -> str:
    """Every option, by part; those that differ from the recipe's are marked."""
    if not facts.options:
        return _section("config", "Config", "run.toml is missing or cannot be read.")
    parts: dict[str, list[tuple[str, Any, bool]]] = {}
    for name, value in facts.options.items():
        head = name.split(".")[0] if "." in name else ""
        parts.setdefault(head, []).append((escape(name.removeprefix(f"{head}.")), value, name in facts.changed))
    titles = {"": "Run", "ema": "EMA"}
    tables = "".join(_options(titles.get(h, capitalised(h.replace("_", " "))), rows) for h, rows in parts.items())
    marked = f" A dot{_MARK} marks what differs from the recipe." if facts.changed else ""
    why = "".join(f"<br>{capitalised(name)}: {escape(text)}." for name, text in facts.chosen.items())
    lead = f"All options, as run.toml holds them.{marked}{why}"
    return _section("config", "Config", lead, f'<div class="columns">{tables}</div>')


def _options(title: str, rows: list[tuple[str, Any, bool]]) -> str:
    """A small table of names (HTML), values and whether they were changed."""
    body = "".join(
        f'<tr{_CHANGED if changed else ""}><th scope="row">{name}{_MARK + _SAID if changed else ""}</th>'
        f"<td>{escape(_value(value))}</td></tr>"
        for name, value, changed in rows
    )
    return f'<table class="options"><caption>{escape(title)}</caption><tbody>{body}</tbody></table>'


def environment(facts: RunFacts) -> str:
    """Where it ran and on what data."""
    parts = {"Software and machine": facts.part("environment"), "Data": facts.part("data"), "Start": {}}
    forked = facts.started.get("forked_from")
    parts["Start"] = {"forked from": forked} if forked else {}
    tables = "".join(
        _options(head, [(escape(str(k).replace("_", " ")), v, False) for k, v in told.items()])
        for head, told in parts.items()
        if told
    )
    lead = "" if tables else "The log has no <code>started</code> event that would say."
    return _section("environment", "Environment", lead, f'<div class="columns">{tables}</div>' if tables else "")


def repeat(facts: RunFacts) -> str:
    """The commands that run it again."""
    folder = shlex.quote(str(facts.folder))
    again = f"ganwright train --config {folder}/run.toml --out {folder}-again"
    command = facts.started.get("command")
    first = _code(str(command)) if command else ""
    if not facts.config:
        return _section("repeat", "Repeat", "Without run.toml it cannot be repeated exactly.", first)
    lead = "The command it was started with, then one that repeats it from its config." if first else "From its config:"
    return _section("repeat", "Repeat", lead, first + _code(again))


def cite(facts: RunFacts) -> str:
    """BibTeX of the recipe's paper, where the run noted it, and of ganwright."""
    paper = facts.started.get("citation")
    return _section("cite", "Cite", "", (_code(str(paper).strip()) if paper else "") + _code(CITATION))


def footer() -> str:
    """What made the page, and that its pictures are synthetic."""
    return (
        f'<footer class="wrap">Made by ganwright {escape(__version__)}. '
        "Pictures of samples were made by a trained model and carry the IPTC mark that says so.</footer>"
    )


def capitalised(text: str) -> str:
    """Return a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def _section(id: str, title: str, lead: str, body: str = "") -> str:
    """A section under its heading; lead and body are HTML."""
    about = f'<p class="lead">{lead}</p>' if lead else ""
    return f'<section id="{id}"><h2>{title}</h2>{about}\n{body}</section>'


def _code(text: str) -> str:
    return f'<div class="code"><pre tabindex="0">{escape(text)}</pre><button type="button">Copy</button></div>'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    return str(value)


def _amount(count: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.0f}"
