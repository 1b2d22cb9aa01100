"""The sections of the page, as HTML. Every text that comes from the run is escaped."""

import shlex
from collections.abc import Iterable
from html import escape
from typing import Any

from ganwright import __version__
from ganwright.core.wording import duration, number, protocol_text, shared_protocol, title_of
from ganwright.metrics import METRICS
from ganwright.runs.report_charts import Chart
from ganwright.runs.report_facts import RunFacts, is_number
from ganwright.runs.report_panels import Shown, png_address

CITATION = f"""@software{{ganwright,
  title   = {{ganwright: train, understand, judge and ship generative adversarial networks}},
  author  = {{{{The ganwright contributors}}}},
  version = {{{__version__}}}
}}"""


_MARK = '<span class="mark" title="differs from the recipe"></span><span class="hidden-text">changed</span>'


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
    return f"""<section id="samples"><h2>Samples</h2>
<p class="lead">What the generator makes now, beside what it learns from.</p>
<div class="pair">
{_picture("Generated", after, made, f"Grid of generated samples {after}", "There is no sample panel yet.")}
{_picture("Real", f"from {facts.data}", real, f"Grid of real items from {facts.data}", "There is no panel of real data.")}
</div></section>"""


def growth(shown: list[Shown], note: str) -> str:
    """The slider over both panels."""
    if len(shown) < 2:
        return ""
    last = shown[-1]
    fixed = _picture(
        "Fixed latents",
        "the same points at every step",
        str(last.get("fixed", "")),
        "Samples from fixed latents",
        "No fixed panel was drawn.",
        "panel-fixed",
    )
    fresh = _picture(
        "Fresh latents",
        "new points at every step",
        str(last.get("fresh", "")),
        "Samples from fresh latents",
        "No fresh panel was drawn.",
        "panel-fresh",
    )
    return f"""<section id="growth"><h2>How they grew</h2>
<p class="lead">Samples over the run{f"; {escape(note)}" if note else ""}.</p>
<div class="player"><button type="button" aria-pressed="false">Play</button>
<input type="range" min="0" max="{len(shown) - 1}" step="1" value="{len(shown) - 1}" aria-label="Moment of the run">
<output>{int(last["images"]):,} images</output></div>
<div class="pair">{fixed}{fresh}</div></section>"""


def _picture(title: str, about: str, address: str, alt: str, absent: str, id: str = "") -> str:
    name = f' id="{id}" data-what="{escape(alt)}"' if id else ""
    shown = f'<img{name} src="{address}" alt="{escape(alt)}">' if address else f'<p class="absent">{absent}</p>'
    return f'<figure class="picture">{shown}<figcaption><b>{title}</b> <span>{escape(about)}</span></figcaption></figure>'


def curves(charts: list[Chart], num_resumed: int, num_left_out: int) -> str:
    """A frame for every chart; the page's script fills them."""
    if not charts:
        return '<section id="curves"><h2>Curves</h2><p class="lead">No scalar was logged.</p></section>'
    notes = ["Drag across a chart to zoom, in all of them at once."]
    notes += ["A dashed upright line marks where the run was resumed."] if num_resumed else []
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
<button type="button" aria-pressed="false" aria-label="Logarithmic scale for {escape(chart.title)}">log</button></header>
<div class="plot" role="img" aria-label="{escape(chart.summary())}"></div>
<div class="legend"></div>{warning}
</figure>"""


def metrics(facts: RunFacts) -> str:
    """The figures of the last evaluation with their protocol."""
    figures = facts.figures
    if not figures:
        return (
            '<section id="metrics"><h2>Metrics</h2>'
            f'<p class="lead">Not judged yet: <code>ganwright evaluate {escape(shlex.quote(str(facts.folder)))}</code> does it.</p>'
            "</section>"
        )
    shared, own = shared_protocol([f["protocol"] for f in figures])
    rows = "".join(_row(figure, extra) for figure, extra in zip(figures, own, strict=True))
    event = facts.last_evaluation
    notes = event.get("notes")
    listed = "".join(f"<li>{escape(str(n))}</li>" for n in notes) if isinstance(notes, list) else ""
    return f"""<section id="metrics" class="metrics"><h2>Metrics</h2>
<p class="lead">After {event["num_images"]:,} images. Compare figures of equal protocol only. A floor is the score of real data
against other real data: no generator can be told to do better.</p>
<div class="scroll"><table><thead><tr><th scope="col">Figure</th><th scope="col" class="number">Samples</th>
<th scope="col" class="number">Real</th><th scope="col" class="number">Floor</th><th scope="col">Protocol</th></tr></thead>
<tbody>{rows}</tbody></table></div>
<ul class="notes"><li>Protocol of all: {escape(protocol_text(shared)) or "not logged"}</li>{listed}</ul></section>"""


def _row(figure: dict[str, Any], protocol: dict[str, Any]) -> str:
    known = METRICS.get(figure["name"])
    help = f"<small>{escape(known.description)}</small>" if known else ""
    unit = f' <small class="muted">{escape(figure["unit"])}</small>' if figure["unit"] else ""
    cells = "".join(
        f'<td class="number" data-label="{label}">{escape(number(figure[key])) + (unit if key == "value" else "")}</td>'
        if figure[key] is not None
        else '<td class="number"></td>'
        for key, label in (("value", "Samples"), ("real", "Real"), ("floor", "Floor"))
    )
    title = title_of(figure["name"])
    name = escape(title[0].upper() + title[1:])
    return f'<tr><th scope="row">{name}{help}</th>{cells}<td class="protocol">{escape(protocol_text(protocol))}</td></tr>'


def config(facts: RunFacts) -> str:
    """Every option, by part; those that differ from the recipe's are marked."""
    if not facts.options:
        return '<section id="config"><h2>Config</h2><p class="lead">run.toml is missing or cannot be read.</p></section>'
    parts: dict[str, list[str]] = {}
    for name, value in facts.options.items():
        part, _, rest = name.rpartition(".")
        head = part.split(".")[0] if part else ""
        changed = name in facts.changed
        opened, mark = ('<tr class="changed">', _MARK) if changed else ("<tr>", "")
        title = escape(name.removeprefix(f"{head}."))
        parts.setdefault(head, []).append(
            f'{opened}<th scope="row">{title}{mark}</th><td>{escape(_value(value))}</td></tr>'
        )
    tables = "".join(
        f'<table class="options"><caption>{escape(head.replace("_", " ").capitalize() or "Run")}</caption>'
        f"<tbody>{''.join(rows)}</tbody></table>"
        for head, rows in parts.items()
    )
    marked = ' A dot <span class="mark"></span> marks what differs from the recipe.' if facts.changed else ""
    return f"""<section id="config"><h2>Config</h2><p class="lead">All options, as run.toml holds them.{marked}</p>
<div class="columns">{tables}</div></section>"""


def environment(facts: RunFacts) -> str:
    """Where it ran and on what data."""
    told = {**facts.part("environment"), **{f"data {k}": v for k, v in facts.part("data").items()}}
    rows = "".join(
        f'<tr><th scope="row">{escape(str(k).replace("_", " "))}</th><td>{escape(_value(v))}</td></tr>'
        for k, v in told.items()
    )
    body = f'<div class="columns"><table class="options"><tbody>{rows}</tbody></table></div>' if rows else ""
    lead = "" if rows else '<p class="lead">The log has no <code>started</code> event that would say.</p>'
    return f'<section id="environment"><h2>Environment</h2>{lead}{body}</section>'


def repeat(facts: RunFacts) -> str:
    """The commands that run it again."""
    folder = shlex.quote(str(facts.folder))
    again = f"ganwright train --config {folder}/run.toml --out {folder}-again"
    command = facts.started.get("command")
    first = _code(str(command)) if command else ""
    lead = "The command it was started with, then one that repeats it from its config." if first else "From its config:"
    return f'<section id="repeat"><h2>Repeat</h2><p class="lead">{lead}</p>{first}{_code(again)}</section>'


def cite(facts: RunFacts) -> str:
    """BibTeX of the recipe's paper, where the run noted it, and of ganwright."""
    paper = facts.started.get("citation")
    first = _code(str(paper).strip()) if paper else ""
    return f'<section id="cite"><h2>Cite</h2>{first}{_code(CITATION)}</section>'


def footer() -> str:
    """What made the page, and that its pictures are synthetic."""
    return (
        f'<footer class="wrap">Made by ganwright {escape(__version__)}. '
        "Pictures of samples were made by a trained model and carry the IPTC mark that says so.</footer>"
    )


def _code(text: str) -> str:
    return f'<div class="code"><pre tabindex="0">{escape(text)}</pre><button type="button">Copy</button></div>'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value)


def _amount(count: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.0f}"
