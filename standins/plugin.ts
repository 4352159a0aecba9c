import type { InputRules } from "./rules";

/** What a stand-in provides to {@link ./service.ts}, in place of the vendor's plugin binary. */
export interface Plugin {
  name: string;
  /** The version of the npm package for whose plugin this stands in. */
  version: string;
  /** Set if the vendor's plugin is built with Terraform's newer framework, whose Check and Diff behave differently. */
  library?: "framework";
  /** The options of the plugin's provider resource. */
  options: InputRules;
  /** Called once with the options as the engine sends them: text, or JSON for other values. */
  configure(options: Partial<Record<string, string>>): void;
  /** The resources by type. */
  resources: Record<string, PluginResource>;
}

/**
 * One type of resource. Values are plain: the service unwraps secrets on the way in, and marks the properties in
 * `secrets` on the way out.
 */
export interface PluginResource {
  inputs: InputRules;
  /** The properties that are not inputs. */
  outputs?: readonly string[];
  /** Outputs that are lists. One that was never read counts as a difference. */
  listsOfServer?: readonly string[];
  /** Outputs that the engine has to encrypt. */
  secrets: string[];
  /** Whether the vendor's plugin deletes the old resource before it creates the new one, in every replacement. */
  deleteBeforeReplace?: true;
  /** Checks that the inputs' rules cannot express. Values may be unknown. */
  check?(inputs: Properties): Failure[];
  /** The inputs to compare and create with, if one input implies another. */
  planned?(inputs: Properties): Properties;
  create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  /** The resource's present state; undefined if it is gone. `outputs` is empty in an import. */
  read(id: string, outputs: Properties): Promise<Properties | undefined>;
  update(id: string, olds: Properties, news: Properties): Promise<Properties>;
  delete(id: string, outputs: Properties): Promise<void>;
}

export type Properties = Record<string, unknown>;

export interface Failure {
  property: string;
  reason: string;
}

/** Thrown by `create` or `update` if the resource exists but is not as it should be: the state then keeps it. */
export class InitializationError extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Properties,
  ) {
    super(message);
  }
}
