"""Faults by API, node and probability: those that are on, and a form for one more."""

from pydantic import ValidationError

from wherry_host.page.markup import button, element, show
from wherry_host.server.dialects import all_apis
from wherry_host.server.faults import Fault

KINDS = (
    "status", "poison", "short", "lose", "drop", "cut", "stall", "dribble", "garbage", "silence",
)  # fmt: skip
_PLAIN = Fault(kind="status").model_dump()
# What the form sends: every field by its name, as text.
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
    """Shows the faults of a Feed and lets a person add one or take one off."""

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
            _choice("kind", "Fault", KINDS)
            _choice("api", "API", ("", *all_apis()))
            for name, label, kind, hint in _FIELDS:
                with element("label", "field", label):
                    element("input", "", name=name, type=kind, placeholder=hint, step="any")
            element("button", "button", "Add", test="fault-add", type="submit")
        form.on("submit", self._add, js_handler=_SUBMIT)

    def show(self):
        """Show the faults that may still strike."""
        faults = self._feed.faults()
        told = [_told(fault) for fault in faults]
        if told == self._faults:
            return
        self._faults = told
        self._summary.set_text(f"Faults: {len(told)} on" if told else "Faults")
        self._list.clear()
        with self._list:
            for number, text in enumerate(told):
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
            self._tell(f"{'.'.join(map(str, first['loc'])) or 'fault'}: {first['msg']}")
            return
        self._tell("")
        await self._feed.put_faults([*self._feed.faults(), fault])

    def _tell(self, text):
        self._trouble.set_text(text)
        show(self._trouble, bool(text))


def _choice(name, label, words):
    with element("label", "field", label), element("select", "", name=name):
        for word in words:
            element("option", "", word or "any", value=word)


def _told(fault):
    """Return a fault as `wherry fault` lists it, with how often it has struck."""
    values = fault.model_dump()
    changed = [f"{name}={value}" for name, value in values.items() if value != _PLAIN[name]]
    return " ".join([fault.kind, *(each for each in changed if not each.startswith("kind="))])
