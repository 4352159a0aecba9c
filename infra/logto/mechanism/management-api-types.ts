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

/** The inputs that a body does not take, by name: `never` if it takes all of them. */
export type NotTaken<Inputs, Json> = {
  [Name in keyof Inputs]-?: Name extends keyof Json
    ? Exclude<Inputs[Name], undefined> extends Exclude<Json[Name], undefined>
      ? never
      : Name
    : Name;
}[keyof Inputs];

/** What a list below an object takes to add to it. */
export type ChildBody<Path extends CollectionPath, Below extends string> = {
  [Known in keyof Paths]: Known extends `/${Path}/{${string}}/${Below}`
    ? Body<Known, "post">
    : never;
}[keyof Paths];
