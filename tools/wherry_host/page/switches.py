"""The buttons that disturb a node and its server; they show the current state."""

from wherry_host.page.answers import WORDS
from wherry_host.page.markup import button, element, press, put, show

SPEEDS = (1, 2, 5, 10, 20)


class PanelSwitches:
    """Switches for Wi-Fi, power, a crash and the speed of time; hidden without a panel."""

    def __init__(self, feed):
        self._feed = feed
        self._now = None
        self._groups = []
        with element("div", "group", role="group", aria_label="Node") as group:
            element("span", "name", "Node")
            self._wifi = button("Wi-Fi", self._turn_wifi, "wifi", "switch")
            self._power = button("Power", self._turn_power, "power", "switch")
            self._crash = button("Crash", self._make_crash, "crash", "danger")
            self._groups.append(group)
        with element("div", "group", role="group", aria_label="Speed of time") as group:
            element("span", "name", "Time")
            with element("div", "choices"):
                self._speeds = {speed: self._speed_button(speed) for speed in SPEEDS}
            self._groups.append(group)

    def show(self, panel):
        """Show a PanelNow, or nothing."""
        self._now = panel
        for group in self._groups:
            show(group, panel is not None)
        if panel is None:
            return
        self._wifi.set_text(f"Wi-Fi {_on(panel.wifi)}")
        self._power.set_text(f"Power {_on(panel.powered)}")
        press(self._wifi, panel.wifi)
        press(self._power, panel.powered)
        put(self._crash, "disabled", not panel.powered)
        for speed, shown in self._speeds.items():
            press(shown, speed == panel.speed)

    def _speed_button(self, speed):
        async def set_speed():
            await self._feed.press(lambda panel: panel.set_speed(speed))

        return button(f"{speed}\N{MULTIPLICATION SIGN}", set_speed, f"speed-{speed}")

    async def _turn_wifi(self):
        up = not self._now.wifi
        await self._feed.press(lambda panel: panel.set_wifi(up))

    async def _turn_power(self):
        cut = self._now.powered
        await self._feed.press(lambda panel: panel.cut() if cut else panel.power_on())

    async def _make_crash(self):
        await self._feed.press(lambda panel: panel.crash())


class ServerSwitches:
    """Switches for the server's answer to requests: one of answers.WORDS."""

    def __init__(self, feed):
        self._feed = feed
        with element("div", "group", role="group", aria_label="Server"):
            element("span", "name", "Server")
            with element("div", "choices server"):
                self._buttons = {word: self._button(word) for word in WORDS}
            self._other = element("span", "muted", "other faults are on", test="server-other")
        self._trouble = element("span", "trouble", test="trouble", role="status")

    def show(self, answers, trouble):
        """Show the current answer, and the error of the last switch if it failed.

        Faults without a switch may have been added elsewhere.
        """
        for word, shown in self._buttons.items():
            press(shown, word == answers)
        show(self._other, answers not in WORDS)
        self._trouble.set_text(trouble)
        show(self._trouble, bool(trouble))

    def _button(self, word):
        async def answer():
            await self._feed.answer_with(word)

        return button(word, answer, f"server-{word}")


def _on(is_on):
    return "on" if is_on else "off"
