import type { Tenant } from "../tenant";

/** What a provider is made of: the tenant without it. */
export type ProviderSource = Pick<Tenant, "database" | "issuer" | "keys">;
