/** `text` without any of the secrets. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return (
    secrets
      .filter((secret) => secret !== "")
      // One that holds another goes as a whole.
      .toSorted((one, other) => other.length - one.length)
      .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
  );
}

/** `text` as it may be shown of a program's output: one line, not too long, and without the secrets. */
export function redact(text: string, secrets: readonly string[], longest = 300): string {
  const line = withoutSecrets(text, secrets).replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
