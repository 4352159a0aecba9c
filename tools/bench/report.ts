import { markdownTable } from "markdown-table";
import type { Figure } from "./benchmark";

/** The result of a benchmark, as it is stored. */
export interface BenchmarkResult {
  /** The machine's size and the versions of its tools; nothing that identifies it. */
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
 * Ratio of the time to its floors together: the engine with nothing to do, and the same requests by a bare client.
 * The drift check runs without the engine.
 */
export function ratioOf({ seconds, idleSeconds = 0, bareSeconds }: Figure): number {
  return seconds / (idleSeconds + bareSeconds);
}

/** Ratio of the engine's own cost to that with a provider that the SDK serialises. */
export function stubRatioOf({ idleSeconds, serialisedSeconds }: Figure): number | undefined {
  return idleSeconds === undefined || serialisedSeconds === undefined
    ? undefined
    : idleSeconds / serialisedSeconds;
}

interface Target {
  met: boolean;
  text: string;
}

/** The project's targets for this figure. */
export function targetsOf(figure: Figure): Target[] {
  const { operation, count, seconds, bareSeconds, idleSeconds = 0, requests } = figure;
  const { megabytes = 0 } = figure;
  const stubRatio = stubRatioOf(figure);
  const targets: (Target & { of: boolean })[] = [
    {
      of: operation === "drift check" && count >= 500,
      met: seconds <= 1.5 * bareSeconds + 1 && requests <= 10,
      text: "1.5 × client + 1 s, 10 requests",
    },
    {
      of: operation !== "drift check" && count >= 50,
      met: ratioOf(figure) <= 1.2,
      text: "1.2 × (engine + client)",
    },
    {
      of: operation === "no-op preview" && count < 50,
      met: seconds <= 1.15 * idleSeconds,
      text: "1.15 × engine",
    },
    {
      of: operation === "create" && count >= 500 && stubRatio !== undefined,
      met: (stubRatio ?? 1) <= 0.5,
      text: "0.5 × serialised stub",
    },
    { of: count >= 1000 && megabytes > 0, met: megabytes < 250, text: "provider below 250 MB" },
  ];
  return targets.filter((target) => target.of).map(({ met, text }) => ({ met, text }));
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
  return markdownTable([
    columns,
    ...figures.map((figure) => [
      String(figure.count),
      figure.operation,
      figure.seconds.toFixed(1),
      figure.idleSeconds?.toFixed(1),
      figure.bareSeconds.toFixed(1),
      ratioOf(figure).toFixed(2),
      targetsOf(figure)
        .map(({ met, text }) => `${met ? "met" : "missed"}: ${text}`)
        .join("; "),
      String(figure.requests),
      figure.megabytes?.toFixed(0),
      stubRatioOf(figure)?.toFixed(2),
    ]),
  ]);
}
