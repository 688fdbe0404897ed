"""SensoCan's answers other than a plain success. Loaded on demand.

`errors` of a 422 maps dotted field paths to sentences, such as
{"data.1.sensor_slug": ["The selected sensor is invalid."]}. An answer may be truncated and contain
anything: it is read string by string, and only printable characters are reported.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.status import needs_content, of_status

_SENTENCE_SIZE_MAX = const(60)
_FIELD_SIZE_MAX = const(24)
# The most channels of a row: this many readings are sent alone, so that each channel is tried.
_ALONE_COUNT = const(32)
# The status of a success, and the members besides `message`; docs/protocols/sensocan.md has the
# table of all answers.
_SUCCESS = const(201)
_MEMBERS = "count", "sensor"


def judge(session, response, count: int) -> tuple:
    """Return (verdict, note) for an answer to `count` readings."""
    if needs_content(response, count):
        kind, note = _judge_content(session, response, count)
    else:
        kind, note = _judge_refusal(session, response)
    if session.alone and kind in (verdict.DELIVERED, verdict.UNKNOWN_CHANNEL):
        session.alone = max(0, session.alone - count)
        session.has_changed = True
    return kind, note


def _judge_content(session, response, count):
    """Judge a 2xx or a web page."""
    from wherry.http import content

    status, found = response.status, content.read(response)
    stored = _stored(content, found, count) if status == _SUCCESS else None
    if stored is None:
        return verdict.RETRY, content.note(status, found)
    if stored >= count:
        return verdict.DELIVERED, "HTTP %d" % status
    note = "the server stored %d of %d" % (stored, count)
    if stored <= 0:
        return verdict.UNKNOWN_CHANNEL, note  # Nothing was stored: sending again is safe.
    # The answer does not say which readings: for a while each is sent alone to find out.
    session.alone = _ALONE_COUNT
    session.has_changed = True
    return verdict.PARTIAL, note


def _stored(content, found, count):
    """Return how many readings the server has according to its answer, None if it is another's."""
    said = found[1].get("message")
    if said is None:
        return content.count_in(found, count, None, _MEMBERS)
    is_own = type(said) is str and " successfully" in " " + said.lower()
    # The answer to a single reading is without `count`.
    return content.count_in(found, count, 1 if count == 1 else None) if is_own else None


def _judge_refusal(session, response):
    status = response.status
    kind = of_status(status)
    note = "HTTP %d" % status
    if status == 422:
        return _judge_fields(session, response, note)
    if status == 429:
        note += ": too many requests"
    if status == 404 and not _is_page(response):
        # The device may be unknown: then all channels are, one after another.
        kind = verdict.UNKNOWN_CHANNEL
    if kind in (verdict.DENIED, verdict.UNKNOWN_CHANNEL):
        from wherry.uplinks.sensocan.remedies import remedy

        note += ": " + remedy(status)
    return kind, note


def _is_page(response):
    from wherry.http.web_page import is_page

    return is_page(response)


def _judge_fields(session, response, note):
    if response.body[:2] == b"\x1f\x8b":
        from wherry.http import gzip_answer

        gzip_answer.unpack(response)
    field, sentence = _fault(response.body)
    if field:
        note = "%s: %s: %s" % (note, field[-_FIELD_SIZE_MAX:], sentence[:_SENTENCE_SIZE_MAX])
    last = field.split(".")[-1]
    if last in ("sensor_slug", "sensor_uuid"):
        return verdict.UNKNOWN_CHANNEL, note
    if last == "battery_voltage" and not session.has_no_battery:
        # No reading is at fault.
        session.has_no_battery = True
        return verdict.AGAIN, note
    return verdict.REJECTED, note


def _fault(body):
    """Return the first field in `errors` with its first sentence, preferring a sensor's field.

    Both are "" without a field.
    """
    found = "", ""
    field = None
    at = body.find(b'"errors"')
    for text, is_key in _strings(body, at + 8) if at >= 0 else ():
        if is_key:
            field = text
        elif field:
            of_sensor = field.split(".")[-1] in ("sensor_slug", "sensor_uuid")
            if of_sensor or not found[0]:
                found = field, text
            if of_sensor:
                break
            field = None
    return found


def _strings(body, at):
    """Yield (text, whether a colon follows) of each complete JSON string from `at` on."""
    at = body.find(b'"', at) + 1
    while at:
        text = bytearray()
        while at < len(body) and body[at] != 34:
            octet = body[at]
            if octet == 92 and at + 1 < len(body):
                at += 1
                octet = body[at]
                if octet == 117:
                    at += 4  # \u and four digits.
                if octet not in b'"\\/':
                    octet = 63
            text.append(octet if 32 <= octet < 127 else 63)
            at += 1
        if at >= len(body):
            return
        at += 1
        while at < len(body) and body[at] in b" \t\r\n":
            at += 1
        yield text.decode(), at < len(body) and body[at] == 58
        at = body.find(b'"', at) + 1
