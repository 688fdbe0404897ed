// Zoom and pan: a span of time instead of the live range, in all charts of the chosen node. The
// browser moves its axes immediately and requests the points in it by the event "zoom".
wherry.zoom = {
  drag: null,
  // A shorter movement of the pointer is a click.
  drag_px_min: 4,
  span_ms_min: 1000,

  panel() {
    return document.querySelector("[data-test=curves]");
  },

  // Show [from, to] in ms; null for the live range.
  ask(range) {
    wherry.zoom.panel().dispatchEvent(new CustomEvent("zoom", { detail: range }));
  },

  look(from, to) {
    const lack = Math.max(0, wherry.zoom.span_ms_min - (to - from)) / 2;
    wherry.move = [from - lack, to + lack];
    wherry.redraw_all();
  },

  // Multiply the span by a factor; the crosshair, or the middle, keeps its place.
  scale(factor) {
    const [from, to] = wherry.move;
    const { ms } = wherry.cross;
    const fixed = ms !== null && from <= ms && ms <= to ? ms : (from + to) / 2;
    wherry.zoom.look(fixed - (fixed - from) * factor, fixed + (to - fixed) * factor);
    wherry.zoom.ask(wherry.move);
  },

  // Move by a part of the span; a part above 0 moves to the future.
  pan(part) {
    const [from, to] = wherry.move;
    const step = (to - from) * part;
    wherry.zoom.look(from + step, to + step);
    wherry.zoom.ask(wherry.move);
  },

  begin(event) {
    const plot = event.target.closest?.(".plot");
    if (!plot || event.button || !wherry.move) return;
    const { clientX: x, shiftKey: is_pan } = event;
    wherry.zoom.drag = { plot, x, is_pan, is_far: false, move: [...wherry.move] };
    wherry.zoom.drag.ms = wherry.cross.ms_at(plot, x);
    wherry.zoom.drag.pixel_ms = wherry.cross.ms_at(plot, x + 1) - wherry.zoom.drag.ms;
  },

  go(event) {
    const { drag } = wherry.zoom;
    if (!drag) return wherry.zoom.hover(event);
    drag.is_far ||= Math.abs(event.clientX - drag.x) >= wherry.zoom.drag_px_min;
    if (!drag.is_far) return;
    if (drag.is_pan) return wherry.zoom.shift(event.clientX);
    wherry.cross.hide();
    wherry.zoom.band(wherry.zoom.chosen(event.clientX));
  },

  hover(event) {
    const plot = event.target.closest?.(".plot");
    if (plot && wherry.move) wherry.cross.follow(plot, event.clientX);
    else if (wherry.cross.ms !== null) wherry.cross.hide();
  },

  shift(client_x) {
    const { x, move, pixel_ms } = wherry.zoom.drag;
    const step = (x - client_x) * pixel_ms;
    wherry.zoom.look(move[0] + step, move[1] + step);
  },

  // [from, to] between the begin of the drag and the pointer, limited to the axis.
  chosen(client_x) {
    const { plot, ms } = wherry.zoom.drag;
    const [from, to] = wherry.move;
    const ends = [ms, wherry.cross.ms_at(plot, client_x)].sort((a, b) => a - b);
    return ends.map((each) => Math.min(to, Math.max(from, each)));
  },

  // Mark a span of time in all charts; null removes the mark.
  band(range) {
    for (const plot of wherry.cross.plots()) {
      const band = plot.querySelector(".band");
      band.classList.toggle("on", range !== null);
      if (!range) continue;
      const [left, right] = range.map((ms) => wherry.cross.x_of(plot, ms));
      Object.assign(band.style, { left: `${left}px`, width: `${right - left}px` });
    }
  },

  end(event) {
    const { drag } = wherry.zoom;
    if (!drag) return;
    const range = drag.is_far && !drag.is_pan ? wherry.zoom.chosen(event.clientX) : null;
    wherry.zoom.drop();
    if (range) wherry.zoom.look(...range);
    if (drag.is_far) wherry.zoom.ask(wherry.move);
  },

  drop() {
    wherry.zoom.drag = null;
    wherry.zoom.band(null);
  },

  // End a drag without an effect.
  cancel() {
    const { drag } = wherry.zoom;
    if (!drag) return;
    wherry.zoom.drop();
    if (drag.is_pan) wherry.zoom.look(...drag.move);
  },

  keys: {
    "+": () => wherry.zoom.scale(1 / 2),
    "=": () => wherry.zoom.scale(1 / 2),
    "-": () => wherry.zoom.scale(2),
    ArrowLeft: () => wherry.zoom.pan(-1 / 4),
    ArrowRight: () => wherry.zoom.pan(1 / 4),
    "Shift ArrowLeft": () => wherry.cross.step(-1),
    "Shift ArrowRight": () => wherry.cross.step(1),
  },

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.("input, textarea, select") || !wherry.move) return;
    if (event.key === "Escape") return wherry.zoom.escape();
    const is_arrow = event.shiftKey && event.key.startsWith("Arrow");
    const act = wherry.zoom.keys[is_arrow ? `Shift ${event.key}` : event.key];
    if (!act || !wherry.zoom.panel()?.contains(document.activeElement)) return;
    event.preventDefault();
    act();
  },

  escape() {
    if (wherry.zoom.drag) return wherry.zoom.cancel();
    wherry.cross.hide();
    wherry.zoom.ask(null);
  },
};

document.addEventListener("pointerdown", wherry.zoom.begin);
document.addEventListener("pointermove", wherry.zoom.go);
document.addEventListener("pointerup", wherry.zoom.end);
document.addEventListener("pointercancel", wherry.zoom.cancel);
document.addEventListener("keydown", wherry.zoom.press);
