"""A bar that shows the progress of a long command."""

import sys
from contextlib import contextmanager


@contextmanager
def progress(unit, total):
    """Yield a function that shows how many units are done, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn(unit), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.update(task, completed=count)
