import type { z } from "zod";
import { choice, object } from "../../infra/fields";
import {
  applicationFields,
  customClientMetadata,
  oidcClientMetadata,
  userApplicationTypes,
} from "../../infra/logto/application-schema";
import { adoptionShape } from "../../infra/logto/mechanism/adoption";

/** `logto-stack:application`: the application whose users sign in. */
export const applicationSettings = object({
  /** The name that users see, 1 to 256 characters, and not blank. */
  name: applicationFields.name,
  /** Default: none. */
  description: applicationFields.description,
  /** Default: Traditional, a web application with a server of its own. */
  type: choice(userApplicationTypes).default("Traditional"),
  /** URIs that users may be sent back to after sign-in; at least one. */
  redirectUris: oidcClientMetadata.shape.redirectUris
    .unwrap()
    .min(1, "expected at least one URL, such as http://localhost:3000/callback"),
  /** URIs that users may be sent back to after sign-out. Default: none. */
  postLogoutRedirectUris: oidcClientMetadata.shape.postLogoutRedirectUris.unwrap().default([]),
  /** Origins whose pages may call Logto from the browser. Default: none. */
  corsAllowedOrigins: customClientMetadata.shape.corsAllowedOrigins,
  /** Take over the application with this id instead of creating one. */
  adoptId: adoptionShape.adoptId,
});

export type ApplicationSettings = z.infer<typeof applicationSettings>;
