import type { ProviderConfiguration } from "./dynamic-provider";

/** What a provider knows of the stack's configuration. */
export interface StackConfiguration {
  configure(given: ProviderConfiguration): void;
  isConfigured(): boolean;
  /** The value of a setting; none if it is not set, or before the provider is configured. */
  get(key: string): string | undefined;
  /** The whole configuration, for a call of a server. */
  required(): ProviderConfiguration;
}

/**
 * A provider's access to the stack's configuration. The engine hands it over once, before anything else; it is read
 * when the first call is made, because a check needs no server and must not fail for lack of one.
 */
export function configured(): StackConfiguration {
  let configuration: ProviderConfiguration | undefined;
  return {
    configure(given) {
      configuration = given;
    },
    isConfigured: () => configuration !== undefined,
    get: (key) => configuration?.get(key),
    required() {
      if (configuration === undefined) {
        throw new Error("A call was made before the provider was configured");
      }
      return configuration;
    },
  };
}
