import { type InteractionEvent, type SignInExperience, type User, Users } from "@logto/schemas";
import type { Context } from "koa";
import { ensure } from "../errors";
import { findInteraction, type Interaction } from "../oidc/interactions";
import { findSignInExperience } from "../sign-in-experience/find";
import type { Tenant } from "../tenant";
import { newState, type State, storedState, type Verification } from "./state";

/** One request's view of a sign-in that is under way. What it changes counts once it is saved. */
export class Experience {
  private constructor(
    readonly tenant: Tenant,
    readonly interaction: Interaction,
    /** As it is declared now: a change counts from the next request on. */
    readonly declared: SignInExperience,
    readonly state: State,
  ) {}

  /** A new one in the place of whatever was kept for the interaction. */
  static async begin(
    tenant: Tenant,
    context: Context,
    event: () => InteractionEvent,
  ): Promise<Experience> {
    const interaction = await findInteraction(tenant, context);
    const declared = await findSignInExperience(tenant.database);
    return new Experience(tenant, interaction, declared, newState(event()));
  }

  /** The one that was begun. Errors: `session.not_found`, `session.interaction_not_found` (404). */
  static async resume(tenant: Tenant, context: Context): Promise<Experience> {
    const interaction = await findInteraction(tenant, context);
    const state = storedState(interaction.stored);
    ensure(state, "session.interaction_not_found", { status: 404 });
    return new Experience(tenant, interaction, await findSignInExperience(tenant.database), state);
  }

  async save(): Promise<void> {
    await this.interaction.save(this.state);
  }

  /** Keeps the verification, in the place of an earlier one of its type. */
  keep(verification: Verification): void {
    const others = this.state.verificationRecords.filter(({ type }) => type !== verification.type);
    this.state.verificationRecords = [...others, verification];
  }

  verification(id: string): Verification {
    const found = this.state.verificationRecords.find((record) => record.id === id);
    ensure(found, "session.verification_session_not_found", { status: 404 });
    return found;
  }

  /** Who it is, once that is known. */
  async identifiedUser(): Promise<User | undefined> {
    const { userId: id } = this.state;
    if (id === undefined) return undefined;
    const user = await this.tenant.database.row<User>(Users, { id });
    ensure(user, "entity.not_exists_with_id", { status: 404, values: { name: Users.table, id } });
    return user;
  }

  /** The same where there has to be somebody. */
  async requireUser(): Promise<User> {
    const user = await this.identifiedUser();
    ensure(user, "session.identifier_not_found", { status: 404 });
    return user;
  }
}
