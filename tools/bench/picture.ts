import { init } from "echarts";
import type { Figure } from "./benchmark";
import type { BenchmarkResult } from "./report";

/** The figures for the largest number of applications, as an SVG: each operation next to its floors. */
export function pictureOf({ figures }: BenchmarkResult): string {
  const count = Math.max(...figures.map((figure) => figure.count));
  const shown = figures.filter((figure) => figure.count === count);
  const seconds = (value: number | undefined) => Number((value ?? 0).toFixed(1));
  const bars = (name: string, color: string, value: (figure: Figure) => number | undefined) => ({
    ...{ name, type: "bar" as const, color },
    data: shown.map((figure) => seconds(value(figure))),
    label: { show: true, position: "right" as const },
  });
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 860, height: 420 });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: `${count} applications, seconds`, left: "center" },
    legend: { bottom: 0, itemGap: 30 },
    grid: { left: 140, right: 50, top: 45, bottom: 55 },
    xAxis: { type: "value" },
    yAxis: { type: "category", inverse: true, data: shown.map(({ operation }) => operation) },
    series: [
      bars("logto-stack", "#7A3E1D", (figure) => figure.seconds),
      {
        ...bars("the engine with nothing to do", "#b9b2ac", (figure) => figure.idleSeconds),
        stack: "floor",
        label: { show: false },
      },
      {
        ...bars("the same requests by a bare client", "#d9a441", (figure) => figure.bareSeconds),
        stack: "floor",
        label: { show: false },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
