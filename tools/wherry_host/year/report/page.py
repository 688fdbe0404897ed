"""The report as one HTML page: no script, no other file, no network."""

from html import escape
from importlib.resources import files

from wherry_host.year.report import words
from wherry_host.year.report.amounts import span_text
from wherry_host.year.report.bands import bands
from wherry_host.year.report.cell_life import cell_life
from wherry_host.year.report.panels import Panels
from wherry_host.year.report.readings import Readings
from wherry_host.year.world.clock import DAY_US


def page(life, tally, track, faults, found, title):
    """Return the page of a Life that has ended, with its Tally, its Track and its Faults.

    `found` are the fields of outcome.fields, `title` names the node, the board and the seed.
    """
    track.end()
    node, lived_days = life.site.node, (life.clock.us - life.site.begin_us) / DAY_US
    cell = node.cell if node.sleeps else None
    charges = words.Charges(track, cell, lived_days)
    shown = bands(life)
    readings = Readings(life, tally, track.steps)
    lines = list(words.first_lines(cell_life(life, track), charges, lived_days))
    return "\n".join([
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>{_style()}</style></head><body><main>",
        f"<header><h1>{escape(lines[0])}</h1>",
        f'<p class="largest">{escape(lines[1])}</p>',
        f'<p class="place">{escape(title)}</p>',
        *(f'<p class="muted">{escape(line)}</p>' for line in lines[2:]),
        "</header>",
        words.problems(found),
        f'<section class="top"><div class="panel">{words.counts(found)}</div>'
        f'<div class="panel">{charges.table()}</div></section>',
        *_plots(Panels(track.steps, shown, len(faults)), cell, track, readings),
        words.faults(shown, found["faults"]),
        _footer(track.steps),
        "</main></body></html>\n",
    ])  # fmt: skip


def _plots(panels, cell, track, readings):
    yield panels.faults()
    if cell:
        yield panels.battery(cell, track)
    yield panels.energy(track)
    yield panels.waiting(readings)
    yield panels.delivered(readings)
    yield panels.gaps(readings)
    yield panels.clock(readings)


def _footer(steps):
    step = "a day" if steps.width_us == DAY_US else span_text(steps.width_us / 1e6)
    return (
        f'<footer class="muted">The axes of time count days; each step is {step}.'
        " All numbers are from the witnesses of the simulation: sensor models, servers and meter."
        " The node's own counts are not used. A simulation, not a measurement: docs/year.md."
        "</footer>"
    )


def _style():
    return files("wherry_host.year.report").joinpath("report.css").read_text("utf-8")
