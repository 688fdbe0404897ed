"""Random presses at any time, at any speed: the account balances.

soak calls `press_at_random` with new seeds.
"""

import random
import threading
import time
from dataclasses import asdict

from wherry_host.demo.demo import Demo
from wherry_host.demo.live_story import TurnStory
from wherry_host.demo.watch import TakenOver
from wherry_host.server.faults import Fault
from wherry_host.stopping import Asked, Stopped

_SPEEDS = (0.3, 1, 3, 5, 10, 20)
_FAULTS = (
    (),
    (),
    (Fault(kind="status", status=500),),
    (Fault(kind="status", status=429, retry_after_s=3),),
    (Fault(kind="drop", times=1),),
    (Fault(kind="silence"),),
)
_PAUSE_S = 1.2
_DELIVERED_TIMEOUT_S = 60


def test_the_account_balances_after_random_presses():
    seed = 4
    counts = press_at_random(seed, 8)
    print(f"seed {seed}: {counts}")
    assert counts["sampled"] >= counts["delivered"] > 0


def press_at_random(seed, seconds):
    """Let a person play with a node for a while; return the account's counts and the presses."""
    chance, asked = random.Random(seed), Asked()
    with Demo(600, seed, 5, lambda clock: TurnStory(clock, quiet=True), asked) as demo:
        demo.deploy()
        pressed = []
        person = threading.Thread(target=_press, args=(demo, chance, seconds, asked, pressed))
        person.start()
        try:
            demo.play()
        except (Stopped, TakenOver):
            demo.go_on()
        person.join()
        account = demo.finish().account
    assert account.problems == [], (f"seed {seed}", pressed, account.problems[:20])
    return {**asdict(account.counts), "presses": len(pressed)}


def _press(demo, chance, seconds, asked, pressed):
    late_s = time.monotonic() + _DELIVERED_TIMEOUT_S
    try:
        # Some readings must arrive before the first press.
        while not demo.panel.account()["delivered"] and time.monotonic() < late_s:
            time.sleep(0.05)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            pressed.append(chance.choice(("wifi", "wifi", "power", "crash", "speed", "server")))
            _press_one(pressed[-1], demo, chance)
            time.sleep(chance.uniform(0.05, _PAUSE_S))
    finally:
        asked.note()


def _press_one(name, demo, chance):
    panel = demo.panel
    if name == "wifi":
        panel.set_wifi(not panel.wifi)
    elif name == "power" and panel.powered:
        panel.cut()
    elif name == "crash":
        panel.crash()
    elif name == "speed":
        panel.set_speed(chance.choice(_SPEEDS))
    elif name == "server":
        demo.service.set_faults(*chance.choice(_FAULTS))
    if not panel.powered and chance.random() < 0.7:
        panel.power_on()
