import * as pulumi from "@pulumi/pulumi";
import type { ResourceType } from "../registry";

/**
 * A resource whose create, read, update and delete are TypeScript in this project.
 *
 * It is what `pulumi.dynamic.Resource` is, without the closure serialiser: the engine stores a provider
 * as program text with every resource and runs that text in another process. Here the text is one
 * constant line that asks for the provider of the resource's type when it is called. So an edit of the
 * implementation is no change of the resource, nor is moving its file; `refresh` runs today's code and not
 * that of the last `up`; and the state stays small.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  /** @param type the resource's type: module and name, as in `logto:Application`. It needs an entry in infra/registry.ts */
  constructor(
    type: ResourceType,
    name: string,
    props: pulumi.Inputs,
    options: pulumi.CustomResourceOptions | undefined,
  ) {
    const __provider = providerText(type);
    super(`pulumi-nodejs:dynamic/${type}`, name, { ...props, __provider }, options);
  }
}

/**
 * The program text that the engine stores with a resource and evaluates in the provider process.
 *
 * It finds this project by its name from the current folder, which for that process is the root of the user's
 * project: this repository, which its own package.json names, or one that has the package in its node_modules. The
 * evaluated text is a module without a file, from which Node can resolve neither this repository's own name nor a
 * linked package; so it resolves as a file `_` of the current folder, which need not exist. The line relies on how
 * the SDK names and evaluates the text (`__provider`, a `handler` export):
 * test/infra/provider/dynamic-resource.test.ts pins both.
 */
export function providerText(type: string): string {
  return `exports.handler=()=>require("module").createRequire(process.cwd()+"/_")("logto-stack/provider")("${type}")`;
}

/**
 * The outputs of a new resource that programs read, without a value yet. Other outputs need no entry, and each
 * entry takes the SDK a tenth of a millisecond.
 */
export function unset(outputNames: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(outputNames.map((name) => [name, undefined]));
}
