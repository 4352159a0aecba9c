import type * as pulumi from "@pulumi/pulumi";

/** The Logto that a stack declares things on, however it came to be. Every runtime gives one. */
export interface Server {
  /** Address of its Management API and its sign-in pages. */
  endpoint: string;
  /** Address of the page that shows the mails that it sent. Absent if they go out into the world. */
  outbox?: pulumi.Output<string> | string;
  /** What must be there before anything can be declared: everything declared depends on it. */
  ready: pulumi.Resource[];
}
