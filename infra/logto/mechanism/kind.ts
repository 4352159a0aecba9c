import type { z } from "zod";
import type { Rule } from "../../checks";
import type { Values } from "../../properties";
import type { ChildList } from "./child-list";
import type { ChildMemory } from "./child-plan";
import type { ColumnNames } from "./columns";
import type { Changes } from "./declared";
import type { Deletion, Write } from "./hooks";
import type { AlwaysReplaced, AlwaysThere, Identity, Put, Sought } from "./identity";
import type {
  CollectionPath,
  CreateBody,
  KindPath,
  NotTaken,
  PutPath,
  ReplacedPath,
  UpdateBody,
} from "./management-api-types";
import { type Outputs, secretNames } from "./outputs";
import type { OwnRequest, OwnRequests } from "./own-request";
import { type SecretPlaces, secretPlaces } from "./secret-inputs";
import type { Slot } from "./slot";
import type { Explanations } from "./stored";
import type { ManagementApi } from "../management-api";

/** The inputs that a kind declares, as plain values. */
export type Declared<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

type Field<Shape> = keyof Shape & string;
export type FieldOrPart<Shape> = Field<Shape> | `${Field<Shape>}.${string}`;

/** All that tells one kind of Logto's objects from the others; `managementResource` makes the resource of it. */
export interface Kind<
  Path extends KindPath,
  Shape extends z.ZodRawShape,
  Lists extends Field<Shape> = never,
  Fixed extends FieldOrPart<Shape> = never,
  Whole extends Field<Shape> = never,
  Later extends Field<Shape> = never,
  Names extends ColumnNames | undefined = undefined,
  Unsent extends Field<Shape> = never,
  Bare extends Field<Shape> = never,
  Own extends Field<Shape> = never,
> {
  /** The resource's type, which is in every state and never changes. infra/registry.ts lists all of them. */
  type: `logto:${string}`;
  /** In messages: the `API resource` of `the API resource "Orders"`. */
  noun: string;
  /**
   * The input that names an object in messages, such as its name, or several, of which the first that is declared does.
   * Default: none, as there is only one object.
   */
  title?: Field<Shape> | readonly Field<Shape>[];
  /** An input that messages add in brackets. Default: none. */
  subtitle?: Field<Shape>;
  /** The collection in the Management API, or the only object. */
  path: Path;
  /** What Logto answers to a create. Default: 201. */
  createdStatus?: 200 | 201;
  /** Whether the collection comes in pages, or as a whole. Default: true. */
  isPaged?: boolean;
  /** What can be declared. The comments on its keys are what an editor shows and the reference prints. */
  inputs: z.ZodObject<Shape> &
    TakenByLogto<
      Path,
      Shape,
      Lists | Unsent | Bare | Own,
      Fixed,
      Whole,
      Later | KeyOf<Path, Fixed>,
      Names
    >;
  /** Logto's names for inputs that it calls otherwise. An input that is its `id` is sent by a create only. */
  columnNames?: Names & { readonly [Name in Field<Shape>]?: string };
  /** Inputs that say how this project is to work, and that Logto never gets. */
  notSent?: readonly Unsent[];
  /** What must hold across several inputs. */
  rules?: Rule<Declared<Shape>>[];
  /** How an object is found again. */
  identity: Path extends CollectionPath
    ? Identity
    : Path extends PutPath
      ? Put
      : Path extends ReplacedPath
        ? AlwaysReplaced
        : AlwaysThere;
  /** What an object to adopt is found by. Default: its identity. */
  adoptedBy?: Sought;
  /** The inputs that Logto cannot change, or parts of them, as in `config.url`: another value makes another object. */
  replaceOn?: readonly Fixed[];
  /** The inputs that a create sends in any case, completed by what `whenUnset` says of them. */
  createdWith?: readonly Whole[];
  /** The inputs that Logto takes for an object that is there, and not with its create. */
  setAfterCreate?: readonly Later[];
  /** The inputs that Logto takes with a request of their own only, which follows the create or the update. */
  ownRequests?: Readonly<Record<Own, OwnRequest>>;
  /** What Logto stores if nothing is declared; an input that is no longer declared goes back to it. */
  whenUnset?: { readonly [Name in Exclude<Field<Shape>, Lists>]?: Declared<Shape>[Name] | null };
  /** The inputs that are lists below the object. */
  children?: Readonly<Record<Lists, ChildList>>;
  /** What a program reads of the object besides its inputs. */
  outputs?: Outputs;
  /** Outputs of earlier versions that a state may still hold: what each says, as it is remembered now. */
  formerOutputs?: FormerOutputs;
  /** Places in the inputs that hold secrets, as in `config.headers.*`. */
  secretInputs?: SecretPlaces<Declared<Shape>>;
  /**
   * Lists in which order means nothing, as in `config.templates`, by the field that tells their entries apart; by an
   * empty text if they are no objects.
   */
  unordered?: Readonly<Record<string, string>>;
  /** The inputs from which Logto drops what is empty, at every depth. Default: it stores what it is sent. */
  cleaned?: readonly Field<Shape>[];
  /**
   * The flag among the inputs without which an object that this stack made stays in Logto when its resource goes, and
   * is not replaced: for objects that others depend on by an id that Logto chooses. Default: it is deleted.
   */
  deletedOnlyIf?: Field<Shape>;
  /**
   * The field by which a list can be searched for the objects of several ids, if it may be too long to read. Default: none,
   * reads in numbers are answered from the pages of the list.
   */
  listsByIds?: string;
  /** What objects have in Logto one at a time, so that making one removes another. */
  slot?: Slot<Declared<Shape>>;
  /** Called before each write of what is declared; what it throws ends the run before anything is changed. */
  beforeWrite?: (write: Write<Declared<Shape>>) => Promise<void>;
  /** Called before an object that this stack made is deleted; what it throws keeps the object. */
  beforeDelete?: (deletion: Deletion<Declared<Shape>>) => Promise<void>;
  /**
   * Whether Logto completes a column that it is sent, such as the minimum of a policy by a maximum. What it filled in
   * is remembered and goes with what was declared next to it. Default: false, it stores what it is sent.
   */
  fillsIn?: boolean;
  /** Columns that Logto checks against one another only if it gets all of them: none of a group is sent without the others. */
  sentTogether?: readonly (readonly Field<Shape>[])[];
  /** Adds to a change what Logto changes along with it, so that both are put back together. */
  completeChange?: (change: Changes, live: Values) => Changes;
  /** Adds to the columns that an update is about to send what Logto needs besides, to do as is `wanted`. */
  completeBody?: (columns: Values, objects: { live: Values; wanted: Values }) => Values;
  /** The input that alone is what a PUT sends. Default: all inputs but those of `replaceOn`, by their names. */
  bodyIs?: Bare;
  /** What to say of an input that Logto took and did not store, if it is known why. */
  notStored?: { readonly [Name in Field<Shape>]?: (sent: unknown, stored: unknown) => string };
  /**
   * Looks whether the object works as declared, after each create and update. What it throws fails the run, and each
   * further one until it passes; the state keeps what was done.
   */
  verify?: (inputs: Declared<Shape>, api: ManagementApi) => Promise<void>;
  /** What a deletion and a replacement mean for users, for the review. */
  consequences: { deleted: string; replaced: string };
}

/** Nothing, or what the compiler's error shows: inputs that the Management API does not take, or not in this form. */
type TakenByLogto<
  Path extends KindPath,
  Shape extends z.ZodRawShape,
  NoColumns extends Field<Shape>,
  Fixed extends FieldOrPart<Shape>,
  Whole extends Field<Shape>,
  Later,
  Names extends ColumnNames | undefined,
  AtCreate = Columns<Omit<Declared<Shape>, NoColumns | (Later & string)>, Names>,
  AtUpdate = Columns<Omit<Declared<Shape>, NoColumns | Fixed>, Names>,
> = [NotTaken<AtCreate, CreateBody<Path>, Whole>] extends [never]
  ? [NotTaken<AtUpdate, UpdateBody<Path>, Whole>] extends [never]
    ? unknown
    : { notTakenByUpdate: NotTaken<AtUpdate, UpdateBody<Path>, Whole> }
  : { notTakenByCreate: NotTaken<AtCreate, CreateBody<Path>, Whole> };

/** The inputs by Logto's names. */
type Columns<Inputs, Names> = {
  [Name in keyof Inputs as Name extends keyof Names ? Names[Name] & string : Name]: Inputs[Name];
};

/** What a PUT names in its address and not in its body. */
type KeyOf<Path extends KindPath, Fixed> = Path extends PutPath ? Fixed : never;

/** The inputs of every kind besides its own. */
export interface Adoption {
  /**
   * What to do with an object that exists in Logto and not in this stack. `never`: refuse it. `ifPresent`: take it
   * over, or make it if there is none. `required`: take it over; it must exist. An object that was taken over is
   * put back to what it was, and not deleted, when the resource goes. Default: `never`; for what Logto has one object
   * for at a time, such as the sending of e-mail, `ifPresent`, as Logto would remove that object.
   */
  adopt?: "never" | "ifPresent" | "required";
  /** The id of the object to take over: it must be there. Default: the object is found by what makes it unique. */
  adoptId?: string;
}

/** The inputs as the engine hands them to the provider. */
export type Inputs<Shape extends z.ZodRawShape> = Declared<Shape> &
  Adoption & {
    /** The resource's URN, if objects are found by a mark that holds it. */
    managedBy?: string;
    /** Fingerprints by the path of a secret input: a diff shows that it changed, and not what it is. */
    secretFingerprints?: Record<string, string>;
  };

/** A kind for code that works with any kind: its inputs are values by name. */
export interface AnyKind {
  type: `logto:${string}`;
  noun: string;
  title?: string | readonly string[];
  subtitle?: string;
  path: string;
  createdStatus?: 200 | 201;
  isPaged?: boolean;
  inputs: z.ZodObject<z.ZodRawShape>;
  columnNames?: ColumnNames;
  notSent?: readonly string[];
  rules?: Rule<never>[];
  identity: Identity | AlwaysThere | AlwaysReplaced | Put;
  adoptedBy?: Sought;
  replaceOn?: readonly string[];
  createdWith?: readonly string[];
  setAfterCreate?: readonly string[];
  ownRequests?: OwnRequests;
  whenUnset?: Values;
  children?: Readonly<Record<string, ChildList>>;
  outputs?: Outputs;
  formerOutputs?: FormerOutputs;
  secretInputs?: SecretPlaces;
  unordered?: Readonly<Record<string, string>>;
  cleaned?: readonly string[];
  deletedOnlyIf?: string;
  listsByIds?: string;
  slot?: Slot;
  beforeWrite?: (write: Write) => Promise<void>;
  beforeDelete?: (deletion: Deletion) => Promise<void>;
  fillsIn?: boolean;
  sentTogether?: readonly (readonly string[])[];
  completeChange?: (change: Changes, live: Values) => Changes;
  completeBody?: (columns: Values, objects: { live: Values; wanted: Values }) => Values;
  bodyIs?: string;
  notStored?: Explanations;
  verify?: (inputs: never, api: ManagementApi) => Promise<void>;
  consequences: { deleted: string; replaced: string };
}

/** By the name of an output: what its value says, as it is remembered now. */
export type FormerOutputs = Readonly<Record<string, (value: unknown) => Partial<Memory>>>;

/** What a resource remembers of its object, in the state. */
export interface Memory {
  /** Whether it existed before this stack: then it is put back when the resource goes, and not deleted. */
  adopted: boolean;
  /** What an adopted object held in the declared places. */
  original: Values;
  /** The object whose slot this one took; put back when this one goes. */
  displaced?: Values;
  /** What to remember of each list, by the input that declares it. */
  children: Record<string, ChildMemory>;
  /** The object's id, if an update made it again: an update cannot tell the engine a new id, but a refresh can. */
  liveId?: string;
  /** What Logto itself filled in next to what was declared; it goes with that. */
  filled: Values;
  /** Set after a write whose answer was lost: the columns as they were, from which `filled` is found out. */
  prior?: Values;
}

export const memoryNames = [
  "adopted",
  "original",
  "displaced",
  "children",
  "liveId",
  "filled",
  "prior",
] as const satisfies (keyof Memory)[];

export const nothingRemembered: Memory = {
  adopted: false,
  original: {},
  children: {},
  filled: {},
};

/** What is remembered of an object of that kind until something else is. */
export function firstMemory({ identity: { isAlwaysThere = false } }: AnyKind): Memory {
  return { ...nothingRemembered, adopted: isAlwaysThere };
}

/** The outputs that the state holds encrypted. What an adopted or a displaced object held may be a secret as well. */
export function secretOutputsOf({ outputs = {}, secretInputs, slot }: AnyKind): string[] {
  return [
    ...secretNames(outputs),
    ...(secretPlaces(secretInputs).exist ? ["original"] : []),
    ...(slot ? ["displaced"] : []),
  ];
}
