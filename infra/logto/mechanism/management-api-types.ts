/**
 * The Management API as `@logto/api` describes it: types only, which nothing loads at run time. By them the
 * compiler checks a kind's path and inputs against what Logto takes.
 */
import type { createApiClient } from "@logto/api/management" with { "resolution-mode": "import" };
import type { Client } from "openapi-fetch" with { "resolution-mode": "import" };

type Paths = ReturnType<typeof createApiClient> extends Client<infer Known> ? Known : never;

/** The JSON that a request of that method takes. */
type Body<Path, Method extends "post" | "patch" | "put"> = Path extends keyof Paths
  ? Paths[Path] extends Record<
      Method,
      { requestBody?: { content: { "application/json": infer Json } } }
    >
    ? Json
    : never
  : never;

/** A collection: objects are created below it with POST, and each is read, changed and deleted at its id. */
export type CollectionPath = {
  [Path in keyof Paths]: Path extends `/${infer Bare}/{${infer Id}}`
    ? Id extends `${string}/${string}`
      ? never
      : [Body<Path, "patch">] extends [never]
        ? never
        : [Body<`/${Bare}`, "post">] extends [never]
          ? never
          : Bare
    : never;
}[keyof Paths];

/** What a PATCH of an object of a collection takes. */
type PatchBody<Path extends CollectionPath> = {
  [Known in keyof Paths]: Known extends `/${Path}/{${infer Id}}`
    ? Id extends `${string}/${string}`
      ? never
      : Body<Known, "patch">
    : never;
}[keyof Paths];

/** An object that every Logto has exactly once: it is changed with PATCH at its path. */
type PatchedPath = {
  [Path in keyof Paths]: [Body<Path, "patch">] extends [never] ? never : WithoutKey<Path>;
}[keyof Paths];

/** The same of what is changed with PUT of the whole, and cannot be deleted. */
export type ReplacedPath = {
  [Path in keyof Paths]: [Body<Path, "put">] extends [never]
    ? never
    : Paths[Path] extends { patch?: never; delete?: never }
      ? WithoutKey<Path>
      : never;
}[keyof Paths];

type WithoutKey<Path> = Path extends `/${infer Bare}`
  ? Exclude<Bare, `${string}{${string}`>
  : never;

export type SingletonPath = PatchedPath | ReplacedPath;

/**
 * Objects that are made and changed alike, with PUT: one at the path itself, or each at its key below it. If Logto has a
 * fixed list of keys, one of them can be at a path that ends in its key.
 */
export type PutPath = { [Path in keyof Paths]: PutPathAt<Path> }[keyof Paths];

type PutPathAt<Path> = [Body<Path, "put">] extends [never]
  ? never
  : Path extends `/${infer Bare}/{${string}}`
    ? Exclude<Bare | `${Bare}/${FixedKey<Path>}`, `${string}{${string}` | CollectionPath>
    : Path extends `/${infer Bare}`
      ? Exclude<Bare, `${string}{${string}` | SingletonPath>
      : never;

/** A key of the path, if Logto has a fixed list of them. */
type FixedKey<Path> = Path extends keyof Paths
  ? Paths[Path] extends { put: { parameters: { path: infer Keys } } }
    ? string extends Keys[keyof Keys]
      ? never
      : Keys[keyof Keys] & string
    : never
  : never;

export type KindPath = CollectionPath | SingletonPath | PutPath;

/** What a PUT takes, at the path or below it. */
export type PutBody<Path extends PutPath> = {
  [Known in keyof Paths]: Path extends PutPathAt<Known> ? Body<Known, "put"> : never;
}[keyof Paths];

/** What a collection takes to create an object; what a singleton takes at all. */
export type CreateBody<Path extends KindPath> = Path extends CollectionPath
  ? Body<`/${Path}`, "post">
  : Path extends PutPath
    ? PutBody<Path>
    : UpdateBody<Path>;
/** What can be declared of an object that exists: a change is sent merged over what Logto holds. */
export type UpdateBody<Path extends KindPath> = PartOf<
  Path extends CollectionPath
    ? PatchBody<Path>
    : Path extends PutPath
      ? PutBody<Path>
      : Body<`/${Path}`, Path extends ReplacedPath ? "put" : "patch">
>;

/** A part of a value: objects without some of their keys, at every depth; lists as a whole. */
type PartOf<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Key in keyof Value]?: PartOf<Value[Key]> }
    : Value;

/**
 * The inputs that a body does not take, by name: `never` if it takes all of them.
 *
 * @typeParam Completed inputs that the mechanism completes before they are sent
 */
export type NotTaken<Inputs, Json, Completed = never> = {
  [Name in keyof Inputs]-?: Name extends KeyOf<Json>
    ? Exclude<Inputs[Name], undefined> extends Taken<
        Exclude<ValueAt<Json, Name>, undefined>,
        Name extends Completed ? true : false
      >
      ? never
      : Name
    : Name;
}[keyof Inputs];

/** The keys of a body, of which there may be several forms, and what they take at one. */
type KeyOf<Json> = Json extends unknown ? keyof Json : never;
type ValueAt<Json, Name> = Json extends unknown
  ? Name extends keyof Json
    ? Json[Name]
    : never
  : never;

/** What a body takes at a place. `@logto/api` writes a type that it does not know as an object of anything. */
type Taken<Json, MayLack extends boolean> = Json extends readonly (infer Entry)[]
  ? Taken<Entry, false>[]
  : Json extends object
    ? string extends keyof Json
      ? unknown
      : MayLack extends true
        ? { [Name in keyof Json]?: Taken<Json[Name], true> | undefined }
        : { [Name in keyof Json]: Taken<Json[Name], false> }
    : Json;

/** What a list below an object takes to add to it. */
export type ChildBody<Path extends CollectionPath, Below extends string> = {
  [Known in keyof Paths]: Known extends `/${Path}/{${string}}/${Below}`
    ? Body<Known, "post">
    : never;
}[keyof Paths];
