// The browser's part: it keeps the points of each curve and draws the changes that it receives.
const wherry = {
  curves: {},
  // The smallest distances in pixels of a chart's edges from its axes, as in chart.py.
  margin: { left: 50, right: 10 },

  // move: [from, to] in ms; changes: [[element id, [[dropped, kept, added], one per list]]]. The
  // lists of a curve are its series, then its gaps. marks: [[kind, from, to, text]], as in
  // marks.py.
  draw(move, changes, marks) {
    wherry.marks.list = marks;
    // While a person moves the axis, the time does not move it.
    if (!wherry.zoom.drag?.is_pan) wherry.move = move;
    for (const [id, parts] of changes) {
      const curve = (wherry.curves[id] ??= wherry.blank());
      const lists = [...curve.series, curve.gaps].map((list, i) => {
        const [dropped, kept, added] = parts[i];
        return list.slice(dropped, dropped + kept).concat(added);
      });
      curve.gaps = lists.pop();
      curve.series = lists;
      curve.is_whole = lists.every((list) => list.every(wherry.is_whole));
    }
    wherry.redraw_all();
  },

  blank() {
    return { series: [[], [], [], []], gaps: [], is_whole: false, is_styled: false };
  },

  is_whole([, value]) {
    return value === null || Number.isInteger(value);
  },

  // Called before the charts show another node.
  clear() {
    for (const id of Object.keys(wherry.curves)) wherry.curves[id] = wherry.blank();
    wherry.cross.hide();
    wherry.marks.list = [];
    wherry.redraw_all();
  },

  redraw_all() {
    for (const id of Object.keys(wherry.curves)) wherry.redraw(id);
    wherry.place_all();
  },

  // Move the marks and the crosshair after the charts, which move their axes in the next frame.
  place_all() {
    requestAnimationFrame(() => {
      wherry.marks.place();
      wherry.cross.place();
    });
  },

  redraw(id) {
    const element = getElement(Number(id));
    const curve = wherry.curves[id];
    if (!wherry.move) return;
    if (!element?.chart) {
      const again = () => {
        wherry.redraw(id);
        wherry.place_all();
      };
      return void setTimeout(again, 20);
    }
    const [min, max] = wherry.move;
    const option = {
      xAxis: { min, max },
      // A count is a whole number, and so are the numbers on its axis.
      yAxis: { minInterval: curve.is_whole ? 1 : 0 },
      series: curve.series.map((data) => ({ data })),
    };
    option.series[0].markLine = { data: wherry.narrow(element.chart, curve.gaps) };
    if (!curve.is_styled) Object.assign(option, wherry.merge(option, wherry.look(id)));
    curve.is_styled = true;
    element.chart.setOption(option, { lazyUpdate: true });
  },

  // The gaps of one to four pixels: strokes are that wide themselves, so these gaps are cleared.
  narrow(chart, gaps) {
    const [min, max] = wherry.move;
    const { left, right } = wherry.margin;
    const pixel_ms = (max - min) / (chart.getWidth() - left - right);
    return gaps
      .filter(([from, to]) => to - from >= pixel_ms && to - from < 4 * pixel_ms)
      .map(([from, to]) => ({ xAxis: (from + to) / 2 }));
  },

  // A colour of the style sheet, because a canvas cannot read it.
  color(name) {
    return getComputedStyle(document.body).getPropertyValue("--" + name).trim();
  },

  // The colours of an axis.
  axis(text, line) {
    const lineStyle = { color: line };
    return { axisLabel: { color: text }, axisLine: { lineStyle }, splitLine: { lineStyle } };
  },

  look(id) {
    const [text, line, plain, late, ground] = ["muted", "line", "accent", "late", "surface"].map(
      wherry.color,
    );
    const axis = { ...wherry.axis(text, line), axisTick: { lineStyle: { color: line } } };
    return {
      useUTC: wherry.zone.is_utc,
      xAxis: axis,
      yAxis: { ...axis, min: wherry.limit(id, -1), max: wherry.limit(id, 1) },
      series: [plain, late, plain, late].map((color) => ({
        lineStyle: { color }, itemStyle: { color }, markLine: { lineStyle: { color: ground } },
      })),
    };
  },

  // The end of a value axis on one side; null lets ECharts choose. For a value that never changes
  // ECharts would choose an axis of half its size. An axis begins below 0 only if a value does.
  limit(id, side) {
    return ({ min, max }) => {
      if (min !== max) return null;
      const end = wherry.beside(min, side, wherry.curves[id].is_whole);
      return min >= 0 ? Math.max(0, end) : end;
    };
  },

  // A round number some percent below (-1) or above (1) a value.
  beside(value, side, is_whole) {
    const room = value ? 10 ** Math.floor(Math.log10(Math.abs(value) / 20)) : 1;
    const step = is_whole ? Math.max(1, room) : room;
    return Number(((Math.round(value / step) + side) * step).toPrecision(12));
  },

  merge(option, look) {
    const series = option.series.map((each, i) => ({
      ...look.series[i], ...each, markLine: { ...look.series[i].markLine, ...each.markLine },
    }));
    const yAxis = { ...look.yAxis, ...option.yAxis };
    return { ...look, series, xAxis: { ...look.xAxis, ...option.xAxis }, yAxis };
  },

  restyle() {
    for (const curve of Object.values(wherry.curves)) curve.is_styled = false;
    wherry.redraw_all();
    for (const map of document.querySelectorAll(".nicegui-echart.map")) wherry.restyle_map(map);
  },

  // The colours that map.py names.
  restyle_map(map) {
    const [text, line, track, newest] = ["muted", "line", "accent", "late"].map(wherry.color);
    const axis = wherry.axis(text, line);
    const marks = [track, newest].map((color) => ({ itemStyle: { color } }));
    const { chart } = getElement(Number(map.id.slice(1)));
    if (!chart?.getOption().series.length) return;
    chart.setOption({ xAxis: axis, yAxis: axis, series: [{ lineStyle: { color: line } }, ...marks] });
  },

  toggle_theme() {
    const dark = !document.body.classList.contains("body--dark");
    setDark(dark);
    localStorage.setItem("wherry-dark", dark);
  },
};

document.addEventListener("DOMContentLoaded", () => {
  const kept = localStorage.getItem("wherry-dark");
  const begin = () => {
    if (!window.mounted_app && !document.querySelector(".nicegui-content")) return setTimeout(begin, 10);
    if (kept !== null) setDark(kept === "true");
    let dark = document.body.classList.contains("body--dark");
    new MutationObserver(() => {
      if (dark === document.body.classList.contains("body--dark")) return;
      dark = !dark;
      wherry.restyle();
    }).observe(document.body, { attributeFilter: ["class"] });
  };
  begin();
});
