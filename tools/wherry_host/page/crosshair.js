// One crosshair over all charts of the chosen node: the same moment in each, with each value.
wherry.cross = {
  ms: null,

  // The plots that have a chart with a curve and are not folded away.
  plots() {
    const { chart_of, curve_of } = wherry.cross;
    const plots = [...document.querySelectorAll(".plot")];
    return plots.filter((plot) => plot.offsetWidth && curve_of(plot) && chart_of(plot));
  },

  id_of(plot) {
    return plot.querySelector(".nicegui-echart")?.id.slice(1);
  },

  chart_of(plot) {
    return getElement(Number(wherry.cross.id_of(plot)))?.chart;
  },

  curve_of(plot) {
    return wherry.curves[wherry.cross.id_of(plot)];
  },

  // The moment at a distance from the screen's left edge, which may be outside of the axis. The
  // chart converts it, because long labels make its axis shorter.
  ms_at(plot, client_x) {
    const x = client_x - plot.getBoundingClientRect().x;
    return wherry.cross.chart_of(plot).convertFromPixel({ xAxisIndex: 0 }, x);
  },

  // The distance of a moment from a plot's left edge, in pixels.
  x_of(plot, ms) {
    return wherry.cross.chart_of(plot).convertToPixel({ xAxisIndex: 0 }, ms);
  },

  // {ms, value, is_late} of the point nearest to a moment; null in a gap and outside the curve.
  point(curve, ms) {
    if (!curve || curve.gaps.some(([from, to]) => from < ms && ms < to)) return null;
    const found = curve.series.slice(0, 2).flatMap((list, i) =>
      wherry.cross.beside(list, ms).map(([at, value]) => ({ ms: at, value, is_late: i === 1 })),
    );
    if (!found.some((each) => each.ms <= ms) || !found.some((each) => each.ms >= ms)) return null;
    const distance = (each) => Math.abs(each.ms - ms);
    // A late line begins and ends at ordinary points, which the line before it also has.
    return found.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  },

  // The points of a sorted list at or right before a moment, and at or right after it.
  beside(list, ms) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] < ms) low = middle + 1;
      else high = middle;
    }
    let before = list[low]?.[0] === ms ? low : low - 1;
    while (before >= 0 && list[before][1] === null) before -= 1;
    while (low < list.length && list[low][1] === null) low += 1;
    return [list[before], list[low]].filter(Boolean);
  },

  // Show the point of a plot that is nearest to the pointer, and the values of the other plots at
  // that time. If points are rare, the nearest one may be outside of a mark under the pointer.
  follow(plot, client_x) {
    const [from, to] = wherry.move;
    const ms = Math.min(to, Math.max(from, wherry.cross.ms_at(plot, client_x)));
    const nearest = wherry.cross.point(wherry.cross.curve_of(plot), ms)?.ms ?? ms;
    const kept = wherry.marks.at(plot, nearest);
    const is_kept = wherry.marks.at(plot, ms).every((mark) => kept.includes(mark));
    wherry.cross.show(is_kept ? nearest : ms);
  },

  show(ms) {
    wherry.cross.ms = ms;
    wherry.cross.place();
  },

  hide() {
    wherry.cross.show(null);
  },

  // Move the crosshair by points of the first chart; without a crosshair, start after the newest.
  step(count) {
    const times = wherry.cross.times(wherry.cross.plots()[0]);
    const { ms } = wherry.cross;
    const at = ms === null ? times.length : times.findIndex((each) => each >= ms);
    const next = times[Math.min(times.length - 1, Math.max(0, at + count))];
    if (next !== undefined) wherry.cross.show(next);
  },

  // The times of the points of a plot that its axis shows, sorted.
  times(plot) {
    const [from, to] = wherry.move;
    const points = plot ? wherry.cross.curve_of(plot).series.slice(0, 2).flat() : [];
    const seen = points.filter(([ms, value]) => value !== null && from <= ms && ms <= to);
    return [...new Set(seen.map(([ms]) => ms))].sort((a, b) => a - b);
  },

  // Put the crosshair where its moment is on the axis.
  place() {
    const { ms } = wherry.cross;
    // The look at each plot costs time, and most updates happen without a crosshair.
    if (ms === null && !document.querySelector(".cross.on")) return;
    const is_seen = ms !== null && wherry.move && wherry.move[0] <= ms && ms <= wherry.move[1];
    for (const plot of wherry.cross.plots()) {
      const cross = plot.querySelector(".cross");
      cross.classList.toggle("on", is_seen);
      if (!is_seen) continue;
      const x = wherry.cross.x_of(plot, ms);
      cross.style.left = `${x}px`;
      cross.classList.toggle("turned", x > plot.offsetWidth / 2);
      wherry.cross.fill(cross.querySelector(".tip"), plot, wherry.cross.point(wherry.cross.curve_of(plot), ms));
    }
  },

  fill(tip, plot, point) {
    const [date, time, offset] = wherry.zone.words(wherry.cross.ms);
    const value = document.createElement("b");
    value.textContent = point ? wherry.cross.text(point.value, plot.dataset.unit) : "no value";
    const late = point?.is_late ? ["delivered late"] : [];
    const marks = wherry.marks.at(plot, wherry.cross.ms).map(([, , , text]) => text);
    const lines = [value, `${date} ${time} ${offset}`, ...late, ...marks];
    tip.replaceChildren(...lines.flatMap((line, i) => (i ? [document.createElement("br"), line] : [line])));
  },

  // A value in seven significant digits, with its unit.
  text(value, unit) {
    const digits = String(Number(value.toPrecision(7))).replaceAll("-", "\u2212");
    return digits + (unit === "°" ? "" : " ") + unit;
  },
};

// Bands over each plot where something was wrong: [kind, from, to, text] each, as in marks.py.
wherry.marks = {
  list: [],
  // The minimum width of a mark, so that a short one can be seen.
  px_min: 3,

  // The marks that a plot's axis shows, as {mark, left, width} in pixels.
  boxes(plot) {
    const [begin, end] = wherry.move;
    const [first, last] = wherry.move.map((ms) => wherry.cross.x_of(plot, ms));
    const pixel_ms = (end - begin) / (last - first);
    const seen = wherry.marks.list.filter(([, from, to]) => from <= end && to >= begin);
    return seen.map((mark) => {
      const left = first + (Math.max(begin, mark[1]) - begin) / pixel_ms;
      const right = first + (Math.min(end, mark[2]) - begin) / pixel_ms;
      const width = Math.max(wherry.marks.px_min, right - left);
      return { mark, left: (left + right - width) / 2, width };
    });
  },

  // The marks of a plot that are over a moment.
  at(plot, ms) {
    const x = wherry.cross.x_of(plot, ms);
    const boxes = wherry.marks.boxes(plot);
    const over = boxes.filter(({ left, width }) => left <= x && x <= left + width);
    return over.map(({ mark }) => mark);
  },

  place() {
    if (!wherry.move) return;
    for (const plot of wherry.cross.plots()) {
      const shown = plot.querySelector(".marks");
      const boxes = wherry.marks.boxes(plot);
      while (shown.children.length > boxes.length) shown.lastChild.remove();
      boxes.forEach(({ mark, left, width }, i) => {
        const band = shown.children[i] ?? shown.appendChild(document.createElement("div"));
        band.className = `mark ${mark[0]}`;
        Object.assign(band.style, { left: `${left}px`, width: `${width}px` });
      });
    }
  },
};

// A chart takes its new width in a separate frame.
addEventListener("resize", () => setTimeout(wherry.place_all, 100));
