const nanoseconds: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration as Go writes it, such as 1m30s, in the nanoseconds that the engine counts. */
export function parseDuration(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
    .map(([, amount, unit]) => Number(amount) * (nanoseconds[unit ?? ""] ?? 0))
    .reduce((total, part) => total + part, 0);
}

/** The text that says the same: `like` where it does, so that 60s does not come back as 1m0s. */
export function formatDuration(duration: number, like: string | undefined): string {
  if (like !== undefined && parseDuration(like) === duration) {
    return like;
  }
  const unit = duration % 1e9 === 0 ? "s" : duration % 1e6 === 0 ? "ms" : "ns";
  return `${duration / (nanoseconds[unit] ?? 1)}${unit}`;
}
