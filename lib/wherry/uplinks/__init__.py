"""The servers' dialects, one package each: dialect.py runs on the node, options.py on the host.

dialect.py
  next_request(settings, session, batch)      the next Request, or None if nothing can be sent
  judge(settings, session, response, count)   (verdict, note) for an answer to `count` readings
  BATCH_COUNT_MAX      readings in one request
  REFILL_S             seconds after which a busy server accepts requests again, if not 1
  ANSWER_SIZE_MAX      bytes of an answer's body to keep, if more than the link's default
  Session              its memory, a subclass of sending/session/session.py's Session
options.py
  OPTIONS, complete(options, wrong)   the options in the configuration, including `ca`
  CHANNELS_DEFAULT     the channels that it takes, if not all
  HOLDS_CHANNELS       defined if a channel may be in quarantine
  trial(options, name, time)       a request (method, URL, headers, body) that tests the server; it
                       sends one reading, unless `proves` is defined
  proves(status, members)          True if an answer to `trial`, whose body is an object with these
                       members, shows that the server is the right one

An option `on_doubt` means that the server stores duplicates: see sending/refusal/unconfirmed.py.
"""
