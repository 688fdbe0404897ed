"""The dialects of servers, one package each: dialect.py runs on the node, options.py on the host.

dialect.py
  next_request(settings, session, batch)      the next Request, None if nothing can be sent
  judge(settings, session, response, count)   (verdict, note) for an answer to `count` readings
  BATCH_COUNT_MAX      readings in one request
  REFILL_S             seconds after which a busy server takes requests again, where not 1
  ANSWER_SIZE_MAX      bytes of an answer's body that are kept, where the link's own do not do
  Session              what it remembers, an heir of sending/session.py's
options.py
  OPTIONS, settle(options, wrong)   what the configuration may say, `ca` among it
  CHANNELS_DEFAULT     the channels that it takes, where not all
  HOLDS_CHANNELS       whether a channel may be in quarantine

An option `on_doubt` says that the server stores what comes twice: see sending/unconfirmed.py.
"""
