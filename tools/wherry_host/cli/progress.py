"""Bars that show the progress of a long command, only on a terminal."""

from contextlib import contextmanager


@contextmanager
def progress_bar(title):
    """Yield a function of (done, total) bytes that draws a bar."""
    with _progress() as progress:
        bar = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def counter_bar(unit, total):
    """Yield a function that shows how many units are done."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    with _progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    ) as progress:
        bar = progress.add_task(unit, total=total)
        yield lambda count: progress.update(bar, completed=count)


def _progress(*columns):
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
