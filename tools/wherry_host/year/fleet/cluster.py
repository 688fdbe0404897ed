"""The lives of a fleet on the computers of a Dask cluster, which have this version of wherry."""

from functools import partial
from importlib.metadata import version

from distributed import Client, as_completed

from wherry_host.errors import ToolError
from wherry_host.year.fleet.processes import live

_CONNECT_S = 10


def lived(job, seeds, address, progress):
    """Return the NodeEnds of seeds in order; `progress(count)` gets how many lives have ended.

    `address` is that of the cluster's scheduler. Raises ToolError if it does not answer, or if its
    workers have another version.
    """
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise ToolError(f"--dask: no scheduler at {address}: {error}") from None
    with client:
        _check(client.run(version, "wherry"), address)
        futures = client.map(partial(live, job), seeds)
        for count, _ in enumerate(as_completed(futures), 1):
            progress(count)
        return client.gather(futures)


def _check(versions, address):
    """Raise ToolError unless there are workers, {address: version}, and all have this version."""
    own = version("wherry")
    if not versions:
        raise ToolError(f"--dask: no worker runs at {address}; start workers first")
    for worker, found in versions.items():
        if found != own:
            raise ToolError(f"--dask: wherry is {own} here, but {found} at {worker}; update it")
