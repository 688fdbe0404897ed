"""Asks the time servers if the time is unknown or an hour old. Loaded on demand.

If they are silent in three uploads in a row, the Date of the uplinks' servers replaces them; a
Date also confirms the first time of a boot and a large correction. See dates.py.
"""

from micropython import const

from wherry import free
from wherry.stage.memory import SILENT_AT, SILENT_MAX

# The limit of all requests: if the time is known already, because sending continues without it;
# and of an unset clock, because Dates need the rest of the upload's time.
_KNOWN_MS_MAX = const(5_000)
_UNSET_MS_MAX = const(8_000)
# As in time/setting.py.
_RTC_ERROR_MS_MAX = const(3_600_000)
# The number of the only time server's second answer.
_SAME = const(99)


def ask(node, deadline: int) -> list | None:
    """Learn the time before a deadline in ticks; return the answers to settle by a Date, or None.

    An answer is (ticks, true ms, uncertainty in ms, number of the server). The list is empty if
    the time servers are silent. Raises OSError while the time stays unknown.
    """
    state, takes_dates = node.stage.state, node.link.time["http_date"]
    node.clock.doubts = None
    _mend_rtc(node)
    if takes_dates and state.busy[SILENT_AT] >= SILENT_MAX:
        return []
    if state.synced or takes_dates:
        limit_ms = _KNOWN_MS_MAX if state.synced else _UNSET_MS_MAX
        deadline = min(deadline, node.ticks() + limit_ms)
    is_known, answers, trouble = _answers(node, deadline)
    silent = 0 if is_known or answers else min(state.busy[SILENT_AT] + 1, SILENT_MAX)
    state.busy[SILENT_AT] = silent
    free()
    if takes_dates and answers and not is_known:
        return answers
    if takes_dates and silent == SILENT_MAX:
        node.ports.say(trouble)
        return []
    if answers and not is_known:
        is_known = _is_enough(node, answers, deadline)
    from wherry.time import setting

    setting.end(node, is_known, None if answers else trouble)
    return None


def _mend_rtc(node):
    """Set an RTC that is far off although the time is known: a Date was requested at a reset."""
    shift = node.clock.true_ms(node.ticks()) - node.ports.rtc_ms()
    if node.stage.state.synced and abs(shift) > _RTC_ERROR_MS_MAX:
        # Not loaded otherwise: the requests need the memory.
        from wherry.time import setting

        setting.set_rtc(node, shift)
        setting = None
        free()


def _answers(node, deadline):
    """Return whether the time was learned, the answers that were doubted, and the last failure."""
    link, answers, first = node.link, [], 0
    while first < len(link.time["sntp"]):
        try:
            answer = _answer(node, deadline, first)
        except OSError as error:
            return False, answers, str(error)
        if _is_learned(node, answer, False):
            return True, answers, None
        answers.append(answer)
        first = answer[3] + 1
    return False, answers, None


def _is_enough(node, answers, deadline):
    """Learn the time without Dates from the only answer; return False if it does not suffice."""
    if len(answers) > 1:
        return False
    if not node.stage.state.synced and _is_learned(node, answers[0], True):
        return True
    if len(node.link.time["sntp"]) > 1:
        return False
    try:
        again = _answer(node, deadline, 0)
    except OSError:
        return False
    return _is_learned(node, again[:3] + (_SAME,), True)


def _answer(node, deadline, first):
    zero_ms = node.stage.state.zero_ms
    answer = node.link.network_time(deadline + zero_ms, first)
    return (answer[0] - zero_ms,) + answer[1:]


def _is_learned(node, answer, is_alone):
    # Free the modules of the request before those that set the clock are loaded.
    free()
    from wherry.time import setting

    return setting.learn(node, answer, is_alone)
