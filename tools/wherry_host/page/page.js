// The browser's part: it keeps the points of each curve and draws what the server says changed.
const wherry = {
  curves: {},

  // move: [from, to] in ms; changes: [[element id, [[dropped, kept, added], one a list]]]. The
  // lists of a curve are its series, then its gaps.
  draw(move, changes) {
    wherry.move = move;
    for (const [id, parts] of changes) {
      const curve = (wherry.curves[id] ??= { series: [[], [], [], []], gaps: [] });
      const lists = [...curve.series, curve.gaps].map((list, i) => {
        const [dropped, kept, added] = parts[i];
        return list.slice(dropped, dropped + kept).concat(added);
      });
      curve.gaps = lists.pop();
      curve.series = lists;
    }
    for (const id of Object.keys(wherry.curves)) wherry.redraw(id);
  },

  // Before the charts are another node's.
  clear() {
    for (const [id, curve] of Object.entries(wherry.curves)) {
      curve.series = curve.series.map(() => []);
      curve.gaps = [];
      wherry.redraw(id);
    }
  },

  redraw(id) {
    const element = getElement(Number(id));
    const curve = wherry.curves[id];
    if (!element?.chart) return void setTimeout(() => wherry.redraw(id), 20);
    const [min, max] = wherry.move;
    const option = { xAxis: { min, max }, series: curve.series.map((data) => ({ data })) };
    option.series[0].markLine = { data: wherry.narrow(element.chart, curve.gaps) };
    if (!curve.styled) Object.assign(option, wherry.merge(option, wherry.look()));
    curve.styled = true;
    element.chart.setOption(option, { lazyUpdate: true });
  },

  // The gaps of one to four pixels: strokes are that wide themselves, so these are cleared of them.
  // The axis is 60 pixels narrower than its chart.
  narrow(chart, gaps) {
    const [min, max] = wherry.move;
    const pixel_ms = (max - min) / (chart.getWidth() - 60);
    return gaps
      .filter(([from, to]) => to - from >= pixel_ms && to - from < 4 * pixel_ms)
      .map(([from, to]) => ({ xAxis: (from + to) / 2 }));
  },

  // The colours of the style sheet, for a canvas cannot read them.
  look() {
    const style = getComputedStyle(document.body);
    const [text, line, plain, late, ground] = ["muted", "line", "accent", "late", "surface"].map(
      (name) => style.getPropertyValue("--" + name).trim(),
    );
    const axis = {
      axisLabel: { color: text }, axisLine: { lineStyle: { color: line } },
      splitLine: { lineStyle: { color: line } }, axisTick: { lineStyle: { color: line } },
    };
    return {
      xAxis: axis,
      // A value that stands still would get an axis of half its size.
      yAxis: {
        ...axis,
        min: ({ min, max }) => (min === max ? wherry.beside(min, -1) : null),
        max: ({ min, max }) => (min === max ? wherry.beside(max, 1) : null),
      },
      tooltip: {
        backgroundColor: ground, borderColor: line, textStyle: { color: text, fontSize: 12 },
        formatter: wherry.tell,
      },
      series: [plain, late, plain, late].map((color) => ({
        lineStyle: { color }, itemStyle: { color }, markLine: { lineStyle: { color: ground } },
      })),
    };
  },

  // A round number some percent below (-1) or above (1) a value.
  beside(value, side) {
    const room = value ? 10 ** Math.floor(Math.log10(Math.abs(value) / 20)) : 1;
    return Number(((Math.round(value / room) + side) * room).toPrecision(12));
  },

  // What stands beside the pointer: the moment, the value, and whether it came late.
  tell(items) {
    const item = items.find(({ value }) => value[1] !== null);
    if (!item) return "";
    const moment = new Date(item.value[0]).toISOString().slice(0, 19).replace("T", " ");
    const late = item.seriesIndex % 2 ? "<br>delivered late" : "";
    return `${moment} UTC<br><b>${item.value[1]}</b>${late}`;
  },

  merge(option, look) {
    const series = option.series.map((each, i) => ({
      ...look.series[i], ...each, markLine: { ...look.series[i].markLine, ...each.markLine },
    }));
    return { ...look, series, xAxis: { ...look.xAxis, ...option.xAxis } };
  },

  restyle() {
    for (const curve of Object.values(wherry.curves)) curve.styled = false;
    for (const id of Object.keys(wherry.curves)) wherry.redraw(id);
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
