"""The common parts of both versions of Harbor's API: keys, the key check and a plan's limits."""

from wherry_host.server.dialect import Api
from wherry_host.server.token_bucket import TokenBucket

#: An id in the form of the vendor's ids.
HARBOR_ID = "1042"
UNKNOWN, MISSING, WRONG = "unknown", "missing", "wrong"


class KeyedApi(Api):
    """`keys` maps harbor ids to their API keys and may be changed while it runs.

    Each version has `profiles` {name: the properties of one kind of server}.
    """

    body_size_max = 4_194_304
    profiles = {}

    def __init__(
        self, account, profile, batch_count_max=None, singles_per_s=None, batches_per_s=None
    ):
        """A limit of None means no limit; rates are per second of true time."""
        self.keys = {account.harbor_id: account.api_key}
        self.batch_count_max = batch_count_max
        self._profile = self.profiles[profile]
        self.open_server = profile == "oss"
        self._single_bucket = TokenBucket(singles_per_s)
        self._batch_bucket = TokenBucket(batches_per_s)

    def _key_fault(self, request):
        """Return None if the request has the harbor's key, else UNKNOWN, MISSING or WRONG."""
        harbor_id = request.path_params.get("harbor_id")
        # The open-source server has one harbor, without an id.
        expected = self.keys.get(harbor_id) if harbor_id else next(iter(self.keys.values()))
        key = request.headers.get("x-api-key", "")
        if expected is None:
            return UNKNOWN
        if not key:
            return MISSING
        return None if key == expected else WRONG
