/** A label of a container, a network or a volume, as the vendor's plugin writes it. */
export interface Label {
  label: string;
  value: string;
}

export const labelFields = {
  label: { kind: "text", required: true, replaces: true },
  value: { kind: "text", required: true, replaces: true },
} as const;

/** Shapes of a label's fields in the state. */
export const labelShapes = { label: { kind: "text" }, value: { kind: "text" } } as const;

export function labelsByName(labels: Label[] = []): Record<string, string> {
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

export function labelsIn(labels: Record<string, string> | null | undefined): Label[] {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}
