import type { z } from "zod";
import type { Rule } from "../checks";
import type { applicationFields } from "./application-schema";
import { listedOnce } from "./mechanism/rules";
import { isShownOnPages, pictureExpectation } from "./page-content";

type Inputs = z.infer<z.ZodObject<typeof applicationFields>>;

/** What must hold across several inputs of an application. */
export const applicationRules: Rule<Inputs>[] = [
  {
    reads: ["type", "oidcClientMetadata", "customClientMetadata"],
    problems: ({ type, oidcClientMetadata, customClientMetadata }) =>
      type !== "MachineToMachine" &&
      customClientMetadata?.isDeviceFlow !== true &&
      oidcClientMetadata?.redirectUris?.length === 0
        ? [
            {
              path: ["oidcClientMetadata", "redirectUris"],
              message:
                "expected at least one: without one Logto refuses every sign-in of the application",
            },
          ]
        : [],
  },
  {
    reads: ["oidcClientMetadata"],
    problems: ({ oidcClientMetadata: { logoUri } = {} }, stack) =>
      logoUri !== undefined && !isShownOnPages(logoUri, stack.get("logto:endpoint"))
        ? [{ path: ["oidcClientMetadata", "logoUri"], message: `expected ${pictureExpectation}` }]
        : [],
  },
  listedOnce("secrets", "name"),
  {
    reads: ["type", "customClientMetadata"],
    problems: ({ type, customClientMetadata }) =>
      customClientMetadata?.isDeviceFlow !== undefined && type !== "Native"
        ? [
            {
              path: ["customClientMetadata", "isDeviceFlow"],
              message: `only a Native application can use the device flow, this one is ${type}`,
            },
          ]
        : [],
  },
  {
    reads: ["isThirdParty", "customClientMetadata"],
    problems: ({ isThirdParty, customClientMetadata }) =>
      isThirdParty === true && customClientMetadata?.allowTokenExchange === true
        ? [
            {
              path: ["customClientMetadata", "allowTokenExchange"],
              message: "a third-party application cannot exchange tokens",
            },
          ]
        : [],
  },
];
