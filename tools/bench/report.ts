import type { Figure } from "./benchmark";

/** What a benchmark came to, as it is kept. */
export interface BenchmarkResult {
  /** Of the machine and its tools; nothing that names the machine. */
  environment: {
    node: string;
    engine: string;
    processors: number;
    server: "sandbox" | "given";
    date: string;
  };
  figures: Figure[];
}

/**
 * How much longer it took than its floors together: the engine with nothing to do, and the same requests by
 * a bare client. The drift check does without the engine.
 */
export function ratioOf({ seconds, idleSeconds = 0, bareSeconds }: Figure): number {
  return seconds / (idleSeconds + bareSeconds);
}

/** The engine's own cost, against that of a provider as the SDK serialises it. */
export function stubRatioOf({ idleSeconds, serialisedSeconds }: Figure): number | undefined {
  return idleSeconds === undefined || serialisedSeconds === undefined
    ? undefined
    : idleSeconds / serialisedSeconds;
}

interface Target {
  met: boolean;
  text: string;
}

/** What the project means to keep, where it means to keep something of this figure. */
export function targetOf(figure: Figure): Target | undefined {
  const { operation, count, seconds, bareSeconds, idleSeconds = 0, requests } = figure;
  if (operation === "drift check") {
    return count < 500
      ? undefined
      : {
          met: seconds <= 1.5 * bareSeconds + 1 && requests <= 10,
          text: "1.5 × client + 1 s, 10 requests",
        };
  }
  if (count >= 50) return { met: ratioOf(figure) <= 1.2, text: "1.2 × (engine + client)" };
  return operation === "no-op preview"
    ? { met: seconds <= 1.15 * idleSeconds, text: "1.15 × engine" }
    : undefined;
}

const columns = [
  "applications",
  "operation",
  "s",
  "engine alone, s",
  "bare client, s",
  "ratio",
  "target",
  "requests",
  "provider, MB",
  "short / serialised stub",
];

/** The figures as a Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const target = targetOf(figure);
    return [
      String(figure.count),
      figure.operation,
      figure.seconds.toFixed(1),
      figure.idleSeconds?.toFixed(1) ?? "",
      figure.bareSeconds.toFixed(1),
      ratioOf(figure).toFixed(2),
      target === undefined ? "" : `${target.met ? "met" : "missed"}: ${target.text}`,
      String(figure.requests),
      figure.megabytes?.toFixed(0) ?? "",
      stubRatioOf(figure)?.toFixed(2) ?? "",
    ];
  });
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  return [line(columns), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join(
    "\n",
  );
}
