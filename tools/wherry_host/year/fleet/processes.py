"""The lives of a fleet on all processors of this computer."""

import os
from contextlib import contextmanager
from multiprocessing import connection, get_context

from wherry_host.errors import ToolError
from wherry_host.year.fleet import crew
from wherry_host.year.fleet.gate import Gate
from wherry_host.year.world.clock import DAY_US, WorldError

_ENDED = "a process of the fleet has ended early; if the memory was too small, use fewer --nodes"


def lived(job, seeds, progress):
    """Return the NodeEnds of seeds in order; `progress(count)` gets how many lives have ended.

    Raises ToolError if a process ends early, WorldError if a life fails.
    """
    found = {}
    with _processes(crew.run_apart, job, seeds, processor_count(len(seeds))) as pipes:
        while pipes:
            for pipe in connection.wait(pipes):
                kind, *content = _received(pipe)
                if kind == "floor":
                    pipes.remove(pipe)
                else:
                    _keep(kind, content, found)
                    progress(len(found))
    return [found[number] for number in range(len(seeds))]


def lived_with_limit(job, seeds, per_s, progress, count=None):
    """Return the NodeEnds of seeds in order, whose services admit `per_s` requests per second.

    `progress(days)` gets the days that all nodes have lived; `count` is the number of processes.
    Raises ToolError if a process ends early, WorldError if a life fails.
    """
    count = count or processor_count(len(seeds))
    with _processes(crew.run, job, seeds, count) as pipes:
        found = _collected(pipes, Gate(per_s, count), job.begin_us, progress)
    return [found[number] for number in range(len(seeds))]


@contextmanager
def _processes(run, job, seeds, count):
    """Yield a Connection to each of `count` processes, which `run` their shares of the seeds."""
    # concurrent.futures of Python 3.11 can wait forever if one ends while others are starting.
    numbered = list(enumerate(seeds))
    processes, pipes = [], []
    try:
        for i in range(count):
            process, pipe = _begun(run, job, dict(numbered[i::count]))
            processes.append(process)
            pipes.append(pipe)
        yield pipes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _begun(run, job, share):
    # A fork would have the threads and the locks of this process.
    context = get_context("spawn")
    own, theirs = context.Pipe()
    process = context.Process(target=run, args=(job, share, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, own


def _received(pipe):
    try:
        return pipe.recv()
    except (EOFError, OSError):
        raise ToolError(_ENDED) from None


def _collected(pipes, gate, begin_us, progress):
    found = {}
    while lives := [pipe for pipe, at in zip(pipes, gate.floors, strict=True) if at != crew.OVER]:
        for pipe in connection.wait(lives):
            _take(pipes.index(pipe), _received(pipe), gate, found)
        for number, node, is_admitted in gate.decided():
            _answer(pipes[number], node, is_admitted)
        first_us, _ = min(gate.floors)
        if begin_us <= first_us < crew.OVER[0]:
            progress((first_us - begin_us) // DAY_US)
    return found


def _answer(pipe, node, is_admitted):
    try:
        pipe.send((node, is_admitted))
    except OSError:
        raise ToolError(_ENDED) from None


def _take(number, message, gate, found):
    """Take a message of the crew with this number."""
    kind, *content = message
    if kind == "ask":
        gate.ask(number, *content)
    elif kind == "floor":
        gate.rise(number, *content)
    else:
        _keep(kind, content, found)


def _keep(kind, content, found):
    """Keep the NodeEnd of a message; raise WorldError for a life that has failed."""
    if kind == "failed":
        raise WorldError(*content)
    node, end = content
    found[node] = end


def processor_count(count):
    """Return the number of processors that this process may use, at most `count`."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(count, known or 1))
