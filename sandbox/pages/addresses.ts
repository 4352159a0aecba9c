import { isUrl } from "../../infra/url";

/** A declared address as long as a browser may follow it. What else it could be (`javascript:` …) is dropped. */
export function webAddress(declared: string | null | undefined): string | undefined {
  return withProtocol(declared, "http:", "https:");
}

/** The same for an image, which can lie in the address itself. */
export function imageAddress(declared: string | null | undefined): string | undefined {
  return declared?.startsWith("data:image/") ? declared : webAddress(declared);
}

function withProtocol(
  declared: string | null | undefined,
  ...protocols: string[]
): string | undefined {
  return declared && isUrl(declared) && protocols.includes(new URL(declared).protocol)
    ? declared
    : undefined;
}
