import type { Values } from "../../properties";

/** An object, as Logto has it. */
export type Live = { id: string } & Values;
