import type { InputRules } from "./rules";

/** What a stand-in gives to {@link ./service.ts} in place of the vendor's plugin binary. */
export interface Plugin {
  name: string;
  /** The version of the npm package whose plugin this stands in for. */
  version: string;
  /** Set if the vendor's plugin is made of Terraform's newer library, whose Checks and Diffs are others. */
  library?: "framework";
  /** The options of the plugin's provider resource. */
  options: InputRules;
  /** Called once, with the options as the engine sends them: text, and JSON for what is not text. */
  configure(options: Partial<Record<string, string>>): void;
  /** By the resource's type. */
  resources: Record<string, PluginResource>;
}

/**
 * One type of resource. Values are plain: the service unwraps secrets on the way in and marks those of
 * `secrets` on the way out.
 */
export interface PluginResource {
  inputs: InputRules;
  /** The properties that are no inputs. */
  outputs?: readonly string[];
  /** Those of the outputs that are lists. One that was never read is a difference. */
  listsOfServer?: readonly string[];
  /** Which outputs the engine has to keep encrypted. */
  secrets: string[];
  /** Whether the vendor's plugin deletes the old one first in every replacement. */
  deleteBeforeReplace?: true;
  /** What the inputs' rules cannot say. Values may be unknown. */
  check?(inputs: Properties): Failure[];
  /** The inputs as they are compared and made, if one implies another. */
  planned?(inputs: Properties): Properties;
  create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  /** The resource as it is; undefined when it is gone. `outputs` is empty in an import. */
  read(id: string, outputs: Properties): Promise<Properties | undefined>;
  update(id: string, olds: Properties, news: Properties): Promise<Properties>;
  delete(id: string, outputs: Properties): Promise<void>;
}

export type Properties = Record<string, unknown>;

export interface Failure {
  property: string;
  reason: string;
}

/** Throw it from `create` or `update` where the resource is there and not as it should be: it goes into the state. */
export class InitializationError extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Properties,
  ) {
    super(message);
  }
}
