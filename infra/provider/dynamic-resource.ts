import * as pulumi from "@pulumi/pulumi";

/**
 * A resource whose create, read, update and delete are TypeScript in this repository.
 *
 * It is what `pulumi.dynamic.Resource` is, without the closure serialiser: the engine stores a provider
 * as program text with every resource and runs that text in another process. Here the text is one
 * constant line that requires the implementation when it is called. So an edit of the implementation
 * is no change of the resource, `refresh` runs today's code and not that of the last `up`, and the
 * state stays small. The line leans on how the SDK names and evaluates the text (`__provider`, a
 * `handler` export): test/infra/dynamic.test.ts pins both.
 *
 * What surprises: the implementation is found below the current folder, which for the engine's provider
 * process is the project's root.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  /**
   * @param module the file that exports `provider`, from the project's root, without its extension
   * @param type the resource's type: module and name, as in `logto:Application`
   */
  constructor(
    module: string,
    type: string,
    name: string,
    props: pulumi.Inputs,
    options: pulumi.CustomResourceOptions | undefined,
  ) {
    super(`pulumi-nodejs:dynamic/${type}`, name, { ...props, __provider: stub(module) }, options);
  }
}

/**
 * The properties of a new resource that only its outputs bring: those that programs read. The others need no
 * place, and each takes the SDK a tenth of a millisecond.
 */
export function unset(outputNames: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(outputNames.map((name) => [name, undefined]));
}

/** The program text that the engine stores with a resource and evaluates in the provider process. */
export function stub(module: string): string {
  return `exports.handler=()=>require(process.cwd()+"/infra/load.cjs")("${module}").provider`;
}

/**
 * What a module named by a {@link DynamicResource} exports as `provider`.
 *
 * `Inputs` is what `check` returns; `Outputs` is the state and holds the inputs too, because the engine
 * replaces the state by what `create`, `update` and `read` return. None may hold `undefined`: the SDK
 * fails on it after the work is done, and the object would be lost.
 */
export interface DynamicProvider<Inputs extends object, Outputs extends Inputs> {
  /** Called once per process, before anything else. Synchronous: the SDK does not wait for it. */
  configure?(request: { config: ProviderConfiguration }): void;
  check(olds: Partial<Outputs>, news: unknown): Promise<CheckResult<Inputs>>;
  diff(id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult>;
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
