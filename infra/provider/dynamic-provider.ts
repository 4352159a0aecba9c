import type { dynamic } from "@pulumi/pulumi";

/**
 * The provider of a type, as the SDK calls it: what its module exports as `provider`.
 *
 * `Inputs` is what `check` returns; `Outputs` is the state and holds the inputs too, because the engine
 * replaces the state by what `create`, `update` and `read` return. None may hold `undefined`: the SDK
 * fails on it after the work is done, and the object would be lost.
 */
export interface DynamicProvider<Inputs extends object, Outputs extends Inputs> {
  /** Called once per process, before anything else. Synchronous: the SDK does not wait for it. */
  configure?(request: { config: ProviderConfiguration }): void;
  check(olds: Partial<Outputs>, news: unknown): Promise<CheckResult<Inputs>>;
  diff(id: string, olds: Outputs, news: Inputs): Promise<dynamic.DiffResult>;
  create(inputs: Inputs): Promise<{ id: string; outs: Outputs }>;
  read(id: string, props: Outputs): Promise<{ id: string; props?: Outputs; inputs?: Inputs }>;
  update(id: string, olds: Outputs, news: Inputs): Promise<{ outs: Outputs }>;
  delete(id: string, props: Outputs): Promise<void>;
}

/** The stack's configuration as a provider sees it: every namespace, secrets decrypted. */
export interface ProviderConfiguration {
  get(key: string): string | undefined;
  require(key: string): string;
}

export interface CheckResult<Inputs> {
  inputs?: Inputs;
  failures?: { property: string; reason: string }[];
}
