"""An editor for the desired state of a device, and the state that it has reported."""

import json

from wherry_host.page.markup import element, show

_EMPTY = {"payload": {}, "system": {"rate": {"sampleMs": 60_000, "sendMs": 600_000}}}
_SUBMIT = "event => { event.preventDefault(); emit(event.target.elements.desired.value); }"
_OWN = ("stateVersion", "lastModifiedGeofenceTimestamp")


class ShadowPanel:
    """The editor; it is shown while the chosen device's service keeps a shadow of the device."""

    def __init__(self, feed):
        self._feed = feed
        self._device = None
        with element("section", "panel", test="shadow", aria_label="Shadow") as self._panel:
            with element("div", "heading"):
                element("h2", "grow", "Desired state")
                self._version = element("span", "muted", test="shadow-version")
            with element("form", "editor", test="shadow-form") as form:
                self._editor = element("div")
                with element("div", "heading"):
                    element("button", "button", "Save", test="shadow-save", type="submit")
                    self._trouble = element(
                        "span", "trouble", test="shadow-trouble", role="status"
                    )
            form.on("submit", self._desire, js_handler=_SUBMIT)
            element("div", "name", "Reported")
            self._reported = element("pre", "mono reported", test="shadow-reported")

    def show(self, device):
        """Show the shadow of a Device, or hide the editor if there is none."""
        shadow = self._feed.shadow(device) if device else None
        show(self._panel, shadow is not None)
        if shadow is None:
            self._device = None
            return
        if self._device is None or device.key != self._device.key:
            self._device = device
            self._fill(shadow)
        version = shadow.desired["system"]["stateVersion"]
        seen = shadow.reported.get("system", {}).get("stateVersion", "none")
        self._version.set_text(f"version {version}, the device has seen {seen}")
        self._reported.set_text(json.dumps(shadow.reported, indent=2, sort_keys=True))

    def _fill(self, shadow):
        """Put the desired state into the editor, without the server's own members."""
        desired = {name: part for name, part in shadow.desired.items() if name != "timestamp"}
        desired["system"] = {k: v for k, v in desired["system"].items() if k not in _OWN}
        text = json.dumps(desired if any(desired.values()) else _EMPTY, indent=2)
        self._editor.clear()
        # The JSON is the element's text, because each update of the page would reset a value while
        # the user types.
        with self._editor:
            element(
                "textarea", "mono", text, test="shadow-text", name="desired", rows=9,
                spellcheck="false", aria_label="Desired state as JSON",
            )  # fmt: skip

    def _desire(self, event):
        try:
            self._feed.desire(self._device, json.loads(str(event.args)))
        except ValueError as error:
            self._report(str(error))
        else:
            self._report("")

    def _report(self, text):
        self._trouble.set_text(text)
        show(self._trouble, bool(text))
