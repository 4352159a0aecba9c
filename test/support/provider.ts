import path from "node:path";
import { providerOf } from "../../infra/logto/mechanism/management-resource";
import type { DynamicProvider } from "../../infra/provider/dynamic-provider";
import { providerText } from "../../infra/provider/dynamic-resource";
import { kinds } from "../../infra/registry";

/** The configuration of a provider under test; what is not in it is not set. */
export type TestConfiguration = Record<string, string>;

/**
 * A resource's provider as the engine comes by it: from the text that lies in the state, evaluated by
 * itself, and configured before anything else.
 */
export function evaluateProvider<Inputs extends object, Outputs extends Inputs>(
  type: string,
  configuration: TestConfiguration = {},
): DynamicProvider<Inputs, Outputs> {
  expect(process.cwd()).toBe(path.resolve(__dirname, "../.."));
  const exported: { handler?: () => DynamicProvider<Inputs, Outputs> } = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function("exports", "require", providerText(type))(exported, require);
  return configured((exported.handler as () => DynamicProvider<Inputs, Outputs>)(), configuration);
}

/** The provider of a kind in a run of its own: it shares nothing with other runs of this process, as in the engine. */
export function newProviderOf<Inputs extends object, Outputs extends Inputs>(
  type: string,
  configuration: TestConfiguration,
): DynamicProvider<Inputs, Outputs> {
  const kind = kinds().find((one) => one.type === type);
  if (kind === undefined) throw new Error(`${type} is no kind`);
  return configured(providerOf(kind) as unknown as DynamicProvider<Inputs, Outputs>, configuration);
}

function configured<Inputs extends object, Outputs extends Inputs>(
  provider: DynamicProvider<Inputs, Outputs>,
  configuration: TestConfiguration,
): DynamicProvider<Inputs, Outputs> {
  provider.configure?.({
    config: {
      get: (key) => configuration[key],
      require: (key) => {
        const value = configuration[key];
        if (value === undefined) throw new Error(`${key} is not in the test's configuration`);
        return value;
      },
    },
  });
  return provider;
}

/** The failures of a check, as they read in the engine's output. */
export async function failuresOf(
  provider: DynamicProvider<object, object>,
  news: object,
  olds: object = {},
): Promise<string[]> {
  const { failures = [] } = await provider.check(olds, news);
  for (const { property, reason } of failures) {
    // The engine prints the value of a property that is named here, secret or not.
    expect(property).toBe("");
    expect(reason).toMatch(/^[\w.[\]-]+: /);
  }
  return failures.map(({ reason }) => reason);
}
