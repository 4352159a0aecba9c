import type { Figure } from "./benchmark";

/**
 * Combines the figures of several rounds: seconds as their median, so that a moment in which the machine was busy
 * does not matter; values with an upper limit as their maximum.
 */
export function summaryOf(rounds: readonly Figure[][]): Figure[] {
  const [first = []] = rounds;
  return first.map((figure, index) => {
    const all = rounds.map((round) => round[index] ?? figure);
    const median = (name: Seconds) => medianOf(all.map((one) => one[name] ?? NaN));
    const most = (name: "requests" | "megabytes") => Math.max(...all.map((one) => one[name] ?? 0));
    return {
      ...figure,
      rounds: rounds.length,
      seconds: median("seconds"),
      bareSeconds: median("bareSeconds"),
      requests: most("requests"),
      ...(figure.idleSeconds !== undefined && { idleSeconds: median("idleSeconds") }),
      ...(figure.serialisedSeconds !== undefined && {
        serialisedSeconds: median("serialisedSeconds"),
      }),
      ...(figure.megabytes !== undefined && { megabytes: most("megabytes") }),
    };
  });
}

type Seconds = "seconds" | "bareSeconds" | "idleSeconds" | "serialisedSeconds";

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
