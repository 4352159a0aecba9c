import { resourceRule } from "../rule";
import { docker } from "../types";
import { isOneShot } from "./container";

/** Checks that a container restarts after a crash or a reboot, and stops when told to: Logto itself ignores signals. */
export const containersComeBack = resourceRule({
  name: "containers-come-back",
  description: "Checks that containers start again by themselves and have an init process.",
  level: "mandatory",
  types: [docker.container],
  *demands(subject) {
    const { value } = subject;
    yield {
      property: "restart",
      must: "be unless-stopped, always or on-failure",
      isMet: () =>
        isOneShot(subject) ||
        ["unless-stopped", "always", "on-failure"].includes(value("restart") as string),
    };
    yield {
      property: "init",
      must: "be true, so that signals and ended processes are seen to",
      isMet: () => value("init") === true,
    };
  },
});
