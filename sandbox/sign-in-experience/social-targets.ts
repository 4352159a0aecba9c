import { ConnectorType, SignInExperiences } from "@logto/schemas";
import { type ConnectorWithFactory, findConnectors, targetOf } from "../connectors/connectors";
import type { Tenant } from "../tenant";
import { findSignInExperience } from "./find";

/** Those targets that there is a social connector for. Logto drops the others without a word. */
export function knownSocialTargets(
  targets: string[],
  connectors: ConnectorWithFactory[],
): string[] {
  return targets.filter((target) =>
    connectors.some(
      (connector) =>
        connector.factory.type === ConnectorType.Social && targetOf(connector) === target,
    ),
  );
}

/** A social connector that is gone can no longer be chosen. */
export async function dropUnknownSocialTargets(tenant: Tenant): Promise<void> {
  const { database } = tenant;
  const [experience, connectors] = await Promise.all([
    findSignInExperience(database),
    findConnectors(tenant),
  ]);
  await database.update(
    SignInExperiences,
    {
      socialSignInConnectorTargets: knownSocialTargets(
        experience.socialSignInConnectorTargets,
        connectors,
      ),
    },
    { id: experience.id },
  );
}
