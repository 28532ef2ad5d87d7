const specs = JSON.parse(document.getElementById("specs").textContent);
const isDark = window.matchMedia("(prefers-color-scheme: dark)");
// Okabe and Ito's colours, told apart with any kind of colour blindness; black and yellow give way to ones that show on the page.
const palettes = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#5a6570", "#7a3e9d"],
  dark: ["#56b4e9", "#e69f00", "#2fc89a", "#e79cc6", "#f0e442", "#8c9eff", "#a3adb7", "#ff8f4d"],
};

function config(width) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const ink = color("ink"), quiet = color("quiet"), line = color("line");
  const font = "system-ui, sans-serif";
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: { domainColor: line, gridColor: line, gridOpacity: 0.6, tickColor: line, labelColor: quiet, titleColor: quiet, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12 },
    axisY: { titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleBaseline: "bottom", titleX: 0, titleY: -8 },
    legend: { orient: "bottom", direction: "horizontal", columns: width < 600 ? 1 : width < 900 ? 2 : 3, labelColor: ink, titleColor: ink, labelFontSize: width < 400 ? 10 : 12, labelLimit: width - 75, symbolStrokeWidth: 3 },
    range: { category: palettes[isDark.matches ? "dark" : "light"] },
    line: { strokeWidth: 2 },
    style: {
      due: { color: color("due"), strokeDash: [5, 4], strokeWidth: 1.5, fontSize: 12 },
      around: { opacity: 0.15 },
      band: { color: color("median"), opacity: 0.2 },
      highest: { color: color("median"), strokeWidth: 1, opacity: 0.75 },
      median: { color: color("median"), strokeWidth: 2 },
      missed: { color: color("missed"), shape: "triangle-up", filled: true, size: 60, opacity: 1 },
      better: { color: color("good"), shape: "triangle-down", filled: true, size: 80, opacity: 1 },
      estimate: { color: color("median"), shape: "circle", filled: true, size: 80, opacity: 1 },
      lost: { color: color("lost"), shape: "cross", filled: true, size: 80, opacity: 1 },
      piece: { stroke: color("page"), strokeWidth: 1 },
      case: { color: ink, fontSize: 13, limit: width - 10 },
    },
  };
}

async function draw() {
  for (const place of document.querySelectorAll(".chart")) {
    const spec = structuredClone(specs[place.id]);
    await window.vegaEmbed(place, spec, {
      mode: "vega-lite", actions: false, renderer: "svg", config: config(place.clientWidth), theme: undefined,
    });
    place.dataset.drawn = "yes";
  }
}

isDark.addEventListener("change", draw);
await draw();
