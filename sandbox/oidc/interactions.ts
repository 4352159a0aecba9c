import type { Context } from "koa";
import type { Tenant } from "../tenant";

/** A sign-in that is under way: what `/oidc/auth` began and the cookies of the request name. */
export interface Interaction {
  readonly id: string;
  readonly applicationId: string;
  /** The authorization request's parameters: scope, prompt, first_screen, login_hint, ui_locales … */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the Experience API kept with `save`, nothing before. Lives and dies with the interaction. */
  readonly stored: unknown;
  /** Replaces what is kept. It must be JSON. */
  save(state: object): Promise<void>;
  /** Signs the person in: where the browser has to go on (`redirectTo` of `POST /api/experience/submit`). */
  finish(accountId: string): Promise<string>;
}

/**
 * The interaction that the request belongs to. `oidc-provider` finds it by a signed cookie, and only while
 * the browser's session is still the one that the interaction began with.
 *
 * Errors: `SessionNotFound`, which is answered as Logto's `session.not_found`, where there is none, be it
 * that the cookie is missing, that the interaction is over, or that it has expired.
 */
export async function findInteraction(
  { provider }: Pick<Tenant, "provider">,
  { req, res }: Context,
): Promise<Interaction> {
  const details = await provider.interactionDetails(req, res);
  const resumeWith = (result: object) =>
    provider.interactionResult(req, res, { ...result }, { mergeWithLastSubmission: false });
  return {
    id: details.uid,
    applicationId: details.params["client_id"] as string,
    parameters: details.params,
    // Next to `login`, as what lies elsewhere in the result means something to `oidc-provider`.
    stored: details.result?.["experience"],
    async save(state) {
      await resumeWith({ experience: state });
    },
    finish: (accountId) => resumeWith({ login: { accountId } }),
  };
}
