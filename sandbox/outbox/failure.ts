import { z } from "zod";

const failureShape = z.union([
  z.object({ hang: z.literal(true) }).strict(),
  z
    .object({
      status: z.number().int().min(400).max(599),
      message: z.string().min(1).optional(),
    })
    .strict(),
]);

/** How sending fails: with SendGrid's answer of a status, or with no answer at all. */
export type Failure = z.infer<typeof failureShape>;

/** Whether sending fails, for everybody until it is told otherwise. A restart forgets it. */
export class FailureSwitch {
  current: Failure | undefined;

  /** What is wrong with the wanted failure, nothing where it was set. */
  set(wanted: unknown): string | undefined {
    const parsed = failureShape.safeParse(wanted);
    if (!parsed.success) {
      return 'expected {"status": 400 to 599, "message": optional text} or {"hang": true}';
    }
    this.current = parsed.data;
    return undefined;
  }
}
