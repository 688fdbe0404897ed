"""Drive the pins of device models that have edges, each edge at its time."""


class Edges:
    """Drives the pins of models with `edge_after(us)`.

    `pin_changed(pin, level)` may wake the chip. `due_us` is the true time of the next edge, or
    None without such a model.
    """

    def __init__(self, models, regs, pin_changed, now_us):
        self._models = [model for model in models if hasattr(model, "edge_after")]
        self._regs, self._pin_changed = regs, pin_changed
        self._seen_us = now_us
        for model in self._models:
            regs.set_level(model.pin, model.level_at(now_us))

    @property
    def due_us(self):
        edges = [model.edge_after(self._seen_us)[0] for model in self._models]
        return min(edges, default=None)

    def tick(self, now_us):
        """Drive the edges up to a true time, in order."""
        for model in self._models:
            at_us, level = model.edge_after(self._seen_us)
            while at_us <= now_us:
                self._regs.set_level(model.pin, level)
                model.driven(at_us, level)
                self._pin_changed(model.pin, level)
                at_us, level = model.edge_after(at_us)
        self._seen_us = now_us
