/** Go's units, in nanoseconds. It reads both the micro sign and the Greek letter, and writes the sign. */
const units: Record<string, number> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const part = /(?:(\d{1,20})(?:\.(\d{0,40}))?|\.(\d{1,40}))(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
const whole = new RegExp(`^[-+]?(?:0|(?:${part.source})+)$`);

/**
 * A duration in nanoseconds.
 *
 * @param text such as 500ms, 1.5s or 1h30m, as Go reads it
 * @throws a RangeError for another text
 */
export function nanosecondsOf(text: string): number {
  if (!whole.test(text)) {
    throw new RangeError(`"${text}" is no duration: expected one such as 500ms, 10s or 1m30s`);
  }
  const total = [...text.matchAll(part)]
    .map(([, count = "0", decimals = "", onlyDecimals = "", unit = ""]) => {
      const length = units[unit] ?? 0;
      const fraction = decimals + onlyDecimals;
      return (
        Number(count) * length + Math.trunc((Number(fraction) * length) / 10 ** fraction.length)
      );
    })
    .reduce((sum, one) => sum + one, 0);
  return text.startsWith("-") && total > 0 ? -total : total;
}

/** A number of nanoseconds as Go writes it, such as 1m30s, 1.5s or 0s. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 0) return `-${goDuration(-nanoseconds)}`;
  for (const [unit, above] of [
    ["ns", "\u00b5s"],
    ["\u00b5s", "ms"],
    ["ms", "s"],
  ] as const) {
    if (nanoseconds < (units[above] ?? 0)) return decimal(nanoseconds, units[unit] ?? 1) + unit;
  }
  const [hours, minutes] = [Math.floor(nanoseconds / 3600e9), Math.floor(nanoseconds / 60e9)];
  const seconds = `${decimal(nanoseconds % 60e9, 1e9)}s`;
  if (minutes === 0) return seconds;
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** A count of units with as many decimals as it takes; floating point would round some. */
function decimal(nanoseconds: number, unit: number): string {
  const rest = nanoseconds % unit;
  const decimals =
    rest === 0
      ? ""
      : String(rest)
          .padStart(String(unit).length - 1, "0")
          .replace(/0{1,9}$/, "");
  return `${Math.floor(nanoseconds / unit)}${decimals && `.${decimals}`}`;
}

/** A duration in Go's own spelling: 60s is 1m0s, 1500ms is 1.5s. */
export function inGoSpelling(text: string): string {
  return goDuration(nanosecondsOf(text));
}
