/** What the engine keeps of a resource whose create or update failed half-way. */
export interface PartialResource {
  /** Absent if the server chooses ids and the answer was lost. */
  id?: string;
  outputs: object;
}

/**
 * Thrown by a create or an update that failed and may have changed something. The engine shows it like any other
 * error, keeps the resource in the state as unfinished, and calls `update` at the next `up`, whatever that
 * declares; a `destroy` deletes it. Without an id the next `up` replaces it.
 */
export class PartialFailure extends Error {
  /** What went wrong, as it was thrown first. */
  readonly error: Error;

  /** @param error a {@link PartialFailure} counts as the error it wraps: the outer caller knows more */
  constructor(
    error: unknown,
    readonly resource: PartialResource,
  ) {
    const first = error instanceof PartialFailure ? error.error : error;
    const thrown = first instanceof Error ? first : new Error(String(first));
    super(thrown.message);
    this.error = thrown;
    this.stack = thrown.stack;
  }
}

/** What a create or an update throws after a write over HTTP failed: partial, unless the server clearly refused. */
export function partialUnlessRefused(error: unknown, resource: PartialResource): unknown {
  return isClearlyRefused(error) ? error : new PartialFailure(error, resource);
}

/**
 * Whether a write that failed was certainly not carried out. If the last try found no server, an earlier try may
 * still have been carried out.
 */
export function isClearlyRefused(error: unknown): boolean {
  const { status } = (error instanceof PartialFailure ? error.error : error) as { status?: number };
  return status !== undefined && status !== 429 && status >= 300 && status < 500;
}
