import path from "node:path";
import type { DynamicProvider } from "../../infra/provider/dynamic-provider";
import { providerText } from "../../infra/provider/dynamic-resource";

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
  const provider = (exported.handler as () => DynamicProvider<Inputs, Outputs>)();
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
