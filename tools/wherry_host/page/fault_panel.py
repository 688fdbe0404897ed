"""Faults by API, node and probability: the list of active faults, and a form to add one."""

from pydantic import ValidationError

from wherry_host.page.markup import button, element, show
from wherry_host.server.dialects import all_apis
from wherry_host.server.faults import Fault
from wherry_host.value_faults import fault_text

# The effect of each kind of fault, with defaults for the fields that are not in the form.
KINDS = {
    "status": "The server answers with the status and stores nothing.",
    "page": "A web page, such as a sign-in, comes in the place of the answer, with status 200.",
    "poison": "The server answers 400 to a batch that holds the channel.",
    "short": "The server leaves points out, and answers with the smaller count.",
    "lose": "The server accepts a batch and stores nothing.",
    "drop": "The server stores a batch, then closes the connection without an answer.",
    "cut": "The connection closes before the answer.",
    "stall": "The answer never comes; the connection stays open.",
    "dribble": "The answer comes byte by byte, one every 100 ms.",
    "garbage": "Random bytes come in the place of the answer.",
    "silence": "The server never answers.",
}
_PLAIN = Fault(kind="status").model_dump()
# The form sends every field as text, under its name.
_SUBMIT = """event => {
  event.preventDefault();
  emit(Object.fromEntries(new FormData(event.target)));
}"""
_FIELDS = (
    ("device", "Node", "text", "any"), ("channel", "Channel", "text", "any"),
    ("status", "Status", "number", "500"), ("probability", "Probability", "number", "1"),
    ("times", "Times", "number", "always"),
)  # fmt: skip


class FaultPanel:
    """Shows the faults of a Feed and lets the user add or remove one."""

    def __init__(self, feed):
        self._feed = feed
        self._faults = None
        with element("details", "fold", test="faults"):
            self._summary = element("summary", "", "Faults", test="faults-summary")
            self._list = element("div", "faults")
            self._build_form()
            self._trouble = element("span", "trouble", test="fault-trouble", role="status")

    def _build_form(self):
        with element("form", "form", test="fault-form") as form:
            kinds = _choice("kind", "Fault", KINDS)
            _choice("api", "API", ("", *all_apis()))
            for name, label, kind, hint in _FIELDS:
                with element("label", "field", label):
                    element("input", "", name=name, type=kind, placeholder=hint, step="any")
            element("button", "button", "Add", test="fault-add", type="submit")
        reported = element("div", "muted hint", next(iter(KINDS.values())), test="fault-hint")
        form.on("submit", self._add, js_handler=_SUBMIT)
        kinds.on(
            "change",
            lambda event: reported.set_text(KINDS.get(str(event.args), "")),
            js_handler="event => emit(event.target.value)",
        )

    def show(self):
        """Show the active faults."""
        faults = self._feed.faults()
        reported = [_reported(fault) for fault in faults]
        if reported == self._faults:
            return
        self._faults = reported
        self._summary.set_text(f"Faults: {len(reported)} on" if reported else "Faults")
        self._list.clear()
        with self._list:
            for number, text in enumerate(reported):
                with element("div", "fault", test="fault"):
                    element("span", "mono grow", text)
                    button("Remove", self._remover(faults[number]), f"fault-remove-{number}")

    def _remover(self, fault):
        async def remove():
            await self._feed.put_faults(
                [each for each in self._feed.faults() if each is not fault]
            )

        return remove

    async def _add(self, event):
        given = {name: text for name, text in dict(event.args).items() if text != ""}
        try:
            fault = Fault.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "fault"
            self._report(f"{place}: {fault_text(first['type'], first['msg'], first['input'])}")
            return
        self._report("")
        await self._feed.put_faults([*self._feed.faults(), fault])

    def _report(self, text):
        self._trouble.set_text(text)
        show(self._trouble, bool(text))


def _choice(name, label, words):
    """Return a new drop-down list of words."""
    with element("label", "field", label), element("select", "", name=name) as shown:
        for word in words:
            element("option", "", word or "any", value=word)
    return shown


def _reported(fault):
    """Return a fault as `wherry fault` lists it, with the number of times that it struck."""
    values = fault.model_dump()
    changed = [f"{name}={value}" for name, value in values.items() if value != _PLAIN[name]]
    return " ".join([fault.kind, *(each for each in changed if not each.startswith("kind="))])
