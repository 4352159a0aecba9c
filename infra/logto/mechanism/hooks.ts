/** What a kind's hooks are told. */

import type { Values } from "../../properties";
import type { ManagementApi } from "../management-api";
import type { Live } from "./live";

interface Event<Inputs> {
  inputs: Inputs;
  /** As in `the role "reader"`. */
  label: string;
  api: ManagementApi;
}

/** A write that is about to be made, or an `up` that finds nothing to write. */
export interface Write<Inputs = Values> extends Event<Inputs> {
  /** What the last `up` declared; none if the resource is new. */
  before: Inputs | undefined;
  /** All columns as Logto is to hold them. */
  wanted: Values;
  /** Whether they differ from what Logto holds. */
  isChange: boolean;
  /** The declared secrets, which must not appear in an error. */
  secrets: readonly string[];
}

export interface Deletion<Inputs = Values> extends Event<Inputs> {
  live: Live;
}
