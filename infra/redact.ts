/** `text` without any of the secrets. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return (
    secrets
      .filter((secret) => secret !== "")
      // Longer secrets come first: a secret that contains another one goes as a whole.
      .toSorted((one, other) => other.length - one.length)
      .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
  );
}

/** A program's output as it may be shown: one line, not too long, and without the secrets. */
export function redact(text: string, secrets: readonly string[], longest = 300): string {
  const line = withoutSecrets(text, secrets).replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
