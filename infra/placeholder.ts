/**
 * What stands where a secret will go, or has been: `changeme`, `<your key>`, `xxxxxxxx`, `${SECRET}`,
 * `##SECRET##`, `[secret]`, `REDACTED`. Sent on, it would take the place of the real one.
 */
export function isPlaceholder(value: string): boolean {
  return (
    /change.?me|place.?holder|redacted|replace.?me|your.?(api.?)?(key|secret|token)|^todo|^##|^\[|[<>{}]/i.test(
      value,
    ) || new Set(value.toLowerCase()).size <= 3
  );
}
