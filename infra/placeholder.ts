/**
 * Whether a value only stands where a secret will go, or has been: `changeme`, `<your key>`, `xxxxxxxx`,
 * `${SECRET}`, `{{secret}}`, `##SECRET##`, `[secret]`, `REDACTED`. Sent on, it would take the place of the real
 * one.
 *
 * A bracket alone makes no placeholder: a generated password may have one, and a secret JSON file begins with it.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return (
    placeholders.some((placeholder) => placeholder.test(text)) ||
    new Set(text.toLowerCase()).size <= 3
  );
}

const placeholders = [
  /change.?me|place.?holder|redacted|replace.?me|your.?(api.?)?(key|secret|token)|^todo/i,
  // Also after the beginning of a real secret: SG.<key>.
  /^\S*<[a-z][\w .-]+>$/i,
  /^[^\s‹]*‹[^›]+›$/,
  /\$\{\w+\}/,
  /^\{\{[^{}]+\}\}$/,
  /^##.*##$/,
  /^\[[\w .-]*\]$/,
];
