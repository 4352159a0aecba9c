/**
 * The Management API as `@logto/api` describes it: types only, which nothing loads at run time. By them the
 * compiler checks a kind's path and inputs against what Logto takes.
 */
import type { createApiClient } from "@logto/api/management" with { "resolution-mode": "import" };
import type { Client } from "openapi-fetch" with { "resolution-mode": "import" };

type Paths = ReturnType<typeof createApiClient> extends Client<infer Known> ? Known : never;

/** The JSON that a request of that method takes. */
type Body<Path, Method extends "post" | "patch"> = Path extends keyof Paths
  ? Paths[Path] extends Record<
      Method,
      { requestBody?: { content: { "application/json": infer Json } } }
    >
    ? Json
    : never
  : never;

/** A collection: objects are created below it with POST, and each is read, changed and deleted at its id. */
export type CollectionPath = {
  [Path in keyof Paths]: Path extends `/${infer Bare}`
    ? [Body<Path, "post">] extends [never]
      ? never
      : `${Path}/{id}` extends keyof Paths
        ? Bare
        : never
    : never;
}[keyof Paths];

/** What a collection takes to create an object. */
export type CreateBody<Path extends CollectionPath> = Body<`/${Path}`, "post">;
/** What it takes to change one. */
export type UpdateBody<Path extends CollectionPath> = Body<`/${Path}/{id}`, "patch">;

/**
 * The inputs that a body does not take, by name: `never` if it takes all of them.
 *
 * @typeParam Completed inputs that the mechanism completes before they are sent
 */
export type NotTaken<Inputs, Json, Completed = never> = {
  [Name in keyof Inputs]-?: Name extends keyof Json
    ? Exclude<Inputs[Name], undefined> extends Taken<
        Exclude<Json[Name], undefined>,
        Name extends Completed ? true : false
      >
      ? never
      : Name
    : Name;
}[keyof Inputs];

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
