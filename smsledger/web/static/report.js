// Message Reports: draws the chart, and keeps the page as it was when new messages come into it.
(() => {
  document.documentElement.classList.add("has-scripts");
  const HEIGHT = 240;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colourOf = (status) => colour(`--${status.toLowerCase()}`);
  const grouped = (number) => number.toLocaleString("en");
  let plot = null;
  let drawn = "";

  // Each series stands upon those before it: the last one drawn is the lowest, and hides their feet.
  const stacked = (series, length) => {
    const sums = new Array(length).fill(0);
    return series.map((each) => each.counts.map((count, at) => (sums[at] += count)));
  };
  const shorter = (period, label) => (period === "day" ? label.slice(5) : label.slice(5, 16));
  const spoken = (chart, at) => {
    const counts = chart.series.filter((each) => each.counts[at])
      .map((each) => `${each.status} ${grouped(each.counts[at])}`);
    return `${chart.labels[at]}: ${counts.join(", ") || "none"}`;
  };
  const axis = () => ({
    stroke: colour("--pico-muted-color"),
    grid: { stroke: colour("--pico-muted-border-color"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  });
  const options = (chart, box) => ({
    width: box.parentElement.clientWidth, // the box itself has none while it is empty
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, chart.labels.length - 0.4] },
      y: { range: (_, low, high) => [0, Math.max(high * 1.05, 1)] },
    },
    axes: [
      {
        ...axis(), grid: { show: false }, size: 30, space: 80, incrs: [1, 2, 3, 6, 7, 12, 14, 24, 28, 48, 56, 91, 182, 364],
        values: (_, splits) => splits.map((at) => (chart.labels[at] ? shorter(chart.period, chart.labels[at]) : "")),
      },
      {
        ...axis(), size: 64, incrs: [...Array(10).keys()].flatMap((e) => [1, 2, 5].map((n) => n * 10 ** e)),
        values: (_, splits) => splits.map(grouped),
      },
    ],
    series: [{}, ...chart.series.map((each) => ({
      label: each.status,
      fill: colourOf(each.status),
      stroke: colour("--pico-background-color"),
      width: chart.labels.length > 120 ? 0 : 1,
      paths: uPlot.paths.bars({ size: [0.9, 60], align: 0 }),
      points: { show: false },
    })).reverse()],
    hooks: {
      setCursor: [(u) => {
        const at = u.cursor.idx;
        const says = document.getElementById("chart-says");
        if (says) says.textContent = at == null ? "" : spoken(chart, at);
      }],
    },
  });

  const draw = (anew) => {
    const box = document.getElementById("chart");
    const source = document.getElementById("chart-data");
    if (!box || !source || !window.uPlot) return;
    if (!anew && source.dataset.chart === drawn && plot && box.contains(plot.root)) return;
    drawn = source.dataset.chart;
    const chart = JSON.parse(drawn);
    const data = [chart.labels.map((_, at) => at), ...stacked(chart.series, chart.labels.length).reverse()];
    if (plot) plot.destroy();
    box.replaceChildren();
    plot = new uPlot(options(chart, box), data, box);
    box.dataset.series = chart.series.length;
  };

  // The arrow keys lead through the periods, as the mouse does.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.target.id !== "chart" || !step || !plot) return;
    const last = plot.data[0].length - 1;
    const at = plot.cursor.idx == null ? (step > 0 ? 0 : last) : plot.cursor.idx + step;
    plot.setCursor({ left: plot.valToPos(Math.min(Math.max(at, 0), last), "x"), top: 0 });
    event.preventDefault();
  });

  // What is open, and how far it is scrolled, stays so when the part is swapped.
  let kept = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    kept = [...event.detail.target.querySelectorAll("details[id], .scroll[id]")]
      .map((each) => [each.id, each.open, each.scrollTop, each.scrollLeft]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, open, top, left] of kept) {
      const now = document.getElementById(id);
      if (!now) continue;
      if (open !== undefined) now.open = open;
      now.scrollTop = top;
      now.scrollLeft = left;
    }
    draw(false);
  });
  // Nobody looks: nobody asks.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.id === "live") event.preventDefault();
  });

  // Where nothing can come, it is not called live.
  document.addEventListener("htmx:afterRequest", (event) => {
    const connection = document.getElementById("connection");
    const says = event.detail.successful ? "" : "No connection, trying again";
    if (connection && event.detail.elt.id === "live" && connection.textContent !== says) connection.textContent = says;
  });

  // The zone of this device comes first among those to choose from.
  const zone = document.getElementById("zone");
  const ours = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = zone && [...zone.options].find((each) => each.value === ours);
  if (known) {
    const group = document.createElement("optgroup");
    group.label = "This device";
    group.append(known.cloneNode(true));
    zone.insertBefore(group, zone.children[1]);
  }

  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (width !== window.innerWidth) draw(true);
    width = window.innerWidth;
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
  draw(true);
})();
