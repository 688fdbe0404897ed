"""The lives of a fleet on all processors of this computer."""

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection, get_context

from wherry_host.errors import ToolError
from wherry_host.year.fleet import crew
from wherry_host.year.fleet.gate import Gate
from wherry_host.year.fleet.job import Member
from wherry_host.year.world.clock import DAY_US, WorldError

_ENDED = "a process of the fleet has ended early; if the memory was too small, use fewer --nodes"


def live(job, seed):
    """Live the life of a node at services without a limit, and return its NodeEnd."""
    return Member(job, seed).live()


def lived(job, seeds, progress):
    """Return the NodeEnds of seeds in order; `progress(count)` gets how many lives have ended.

    Raises ToolError if a process ends early.
    """
    # A fork would have the threads and the locks of this process.
    context, count = get_context("spawn"), processor_count(len(seeds))
    with ProcessPoolExecutor(count, context, crew.end_with_parent) as pool:
        found = []
        try:
            for end in pool.map(partial(live, job), seeds):
                found.append(end)
                progress(len(found))
        except BrokenProcessPool:
            raise ToolError(_ENDED) from None
    return found


def lived_with_limit(job, seeds, per_s, progress, count=None):
    """Return the NodeEnds of seeds in order, whose services admit `per_s` requests per second.

    `progress(days)` gets the days that all nodes have lived; `count` is the number of processes.
    Raises ToolError if a process ends early, WorldError if a life fails.
    """
    count = count or processor_count(len(seeds))
    numbered = list(enumerate(seeds))
    processes, pipes = [], []
    try:
        for i in range(count):
            process, pipe = _begun(job, dict(numbered[i::count]))
            processes.append(process)
            pipes.append(pipe)
        found = _collected(pipes, Gate(per_s, count), job.begin_us, progress)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
    return [found[number] for number, _ in numbered]


def _begun(job, share):
    context = get_context("spawn")
    own, theirs = context.Pipe()
    process = context.Process(target=crew.run, args=(job, share, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, own


def _collected(pipes, gate, begin_us, progress):
    found = {}
    while lives := [pipe for pipe, at in zip(pipes, gate.floors, strict=True) if at != crew.OVER]:
        try:
            for pipe in connection.wait(lives):
                _take(pipes.index(pipe), pipe.recv(), gate, found)
            for number, node, is_admitted in gate.decided():
                pipes[number].send((node, is_admitted))
        except (EOFError, OSError):
            raise ToolError(_ENDED) from None
        first_us, _ = min(gate.floors)
        if begin_us <= first_us < crew.OVER[0]:
            progress((first_us - begin_us) // DAY_US)
    return found


def _take(number, message, gate, found):
    """Take a message of the crew with this number."""
    kind, *content = message
    if kind == "ask":
        gate.ask(number, *content)
    elif kind == "floor":
        gate.rise(number, *content)
    elif kind == "failed":
        raise WorldError(*content)
    else:
        node, end = content
        found[node] = end


def processor_count(count):
    """Return the number of processors that this process may use, at most `count`."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(count, known or 1))
