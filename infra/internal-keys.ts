/**
 * Whether a key of a resource is the engine's or a plugin's own, and no property: `__provider`, `__internal`, the
 * `__defaults` of a plugin that bridges a Terraform provider and its `__meta` and `__pulumi_raw_state_delta`.
 */
export function isInternalKey(key: string): boolean {
  return key.startsWith("__");
}

/**
 * Whether a key anywhere in a resource is a bridging plugin's note of which properties it filled in by itself. The
 * name alone does not tell: a user's free data may have such a key.
 */
export function isPluginNote(key: string, value: unknown): boolean {
  return key === "__defaults" && Array.isArray(value);
}
