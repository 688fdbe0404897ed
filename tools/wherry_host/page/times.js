// Moments in the browser's own time zone or, by a switch that the browser remembers, in UTC. An
// element with data-ms shows that moment, Unix time in milliseconds; the clock shows the current
// one.
wherry.zone = {
  own: new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local",
  is_utc: localStorage.getItem("wherry-utc") === "true",
  // The largest time that a Date can have.
  ms_max: 8.64e15,

  choose(is_utc) {
    wherry.zone.is_utc = is_utc;
    localStorage.setItem("wherry-utc", is_utc);
    wherry.zone.fill();
    wherry.restyle();
  },

  // {year, month, day, hour, minute, second, timeZoneName} of a moment, as texts.
  parts(ms) {
    const { is_utc, formats } = wherry.zone;
    const format = (formats[is_utc] ??= wherry.zone.format(is_utc ? "UTC" : undefined));
    return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  },

  // Creating a format takes longer than using it a hundred times.
  formats: {},

  format(timeZone) {
    const two = "2-digit";
    return new Intl.DateTimeFormat("en-GB", {
      timeZone, hourCycle: "h23", year: "numeric", month: two, day: two, hour: two, minute: two,
      second: two, timeZoneName: "shortOffset",
    });
  },

  // [date, time of day, offset] of a moment: ["2026-11-26", "00:54:40", "UTC+1"].
  words(text) {
    const ms = Number(text);
    if (!(Math.abs(ms) <= wherry.zone.ms_max)) return ["\u2013", "\u2013", ""];
    const { year, month, day, hour, minute, second, timeZoneName } = wherry.zone.parts(ms);
    const offset = timeZoneName.replace("GMT", "UTC").replace(/[+]0$/, "");
    return [`${year}-${month}-${day}`, `${hour}:${minute}:${second}`, offset];
  },

  // A time of day, with its date if that is not today.
  moment(ms, today) {
    const [date, time] = wherry.zone.words(ms);
    return date === today ? time : `${date} ${time.slice(0, 5)}`;
  },

  // Write every moment on the page, and name the zone.
  fill() {
    const [today] = wherry.zone.words(document.querySelector("[data-test=clock]")?.dataset.ms);
    for (const each of document.querySelectorAll("[data-ms]")) {
      wherry.zone.put(each, wherry.zone.moment(each.dataset.ms, today));
    }
    for (const each of document.querySelectorAll("[data-zone]")) {
      const is_own = each.dataset.zone === "own";
      if (is_own) each.title = wherry.zone.own;
      // Both buttons would do the same.
      if (wherry.zone.own === "UTC") each.parentElement.style.display = "none";
      if (is_own) wherry.zone.put(each, wherry.zone.own.split("/").pop().replaceAll("_", " "));
      each.setAttribute("aria-pressed", is_own !== wherry.zone.is_utc);
    }
  },

  put(element, text) {
    // The observer is called for each text that is set.
    if (element.textContent !== text) element.textContent = text;
  },
};

document.addEventListener("DOMContentLoaded", () => {
  const whole = { attributeFilter: ["data-ms"], childList: true, subtree: true };
  new MutationObserver(wherry.zone.fill).observe(document.body, whole);
});
