"""The lives of a fleet on the computers of a Dask cluster, which have this version of wherry."""

from functools import partial
from importlib.metadata import PackageNotFoundError, version

from distributed import CancelledError, Client, KilledWorker, as_completed

from wherry_host.errors import ToolError
from wherry_host.year.fleet.job import live

_CONNECT_S = 10


def lived(job, seeds, address, progress):
    """Return the NodeEnds of seeds in order; `progress(count)` gets how many lives have ended.

    `address` is that of the cluster's scheduler. Raises ToolError if it does not answer, if its
    workers have another version, and if the cluster fails.
    """
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        remedy = "start one with `dask scheduler`, or correct the address"
        raise ToolError(f"--dask: no scheduler at {address}: {error}; {remedy}") from None
    with client:
        try:
            _check(client.run(version, "wherry"), address)
            futures = client.map(partial(live, job), seeds)
            # With the results, an error of a life is raised at once.
            for count, _ in enumerate(as_completed(futures, with_results=True), 1):
                progress(count)
            return client.gather(futures)
        except PackageNotFoundError:
            text = f"--dask: a worker at {address} is without wherry; install it there"
            raise ToolError(text) from None
        except (KilledWorker, CancelledError, OSError) as error:
            raise ToolError(f"--dask: the cluster at {address} has failed: {error}") from None


def _check(versions, address):
    """Raise ToolError unless there are workers, {address: version}, and all have this version."""
    own = version("wherry")
    if not versions:
        raise ToolError(f"--dask: no worker runs at {address}; start workers first")
    for worker, found in versions.items():
        if found != own:
            raise ToolError(f"--dask: wherry is {own} here, but {found} at {worker}; update it")
