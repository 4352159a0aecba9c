import type { Subject } from "../rule";
import { connectors } from "../types";

/** The medium by which codes are sent. */
export type Medium = "email" | "phone";

/**
 * Whether the resource is a connector that sends by this medium.
 *
 * The name of its factory tells: Logto names factories after what they send, and the connector's type is no input.
 */
export function sends({ type, value }: Subject, medium: Medium): boolean {
  if (!connectors.includes(type)) return false;
  const factory = String(value("factoryId"));
  return medium === "email" ? /mail/i.test(factory) : /sms|short-message/i.test(factory);
}
