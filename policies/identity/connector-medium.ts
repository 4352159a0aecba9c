import type { Subject } from "../rule";
import { connectors } from "../types";

/** What codes are sent by. */
export type Medium = "email" | "phone";

/**
 * Whether the resource is a connector that sends by this medium.
 *
 * By the name of its factory: Logto's are called after what they send, and their type is in no input.
 */
export function sends({ type, value }: Subject, medium: Medium): boolean {
  if (!(connectors as readonly string[]).includes(type)) return false;
  const factory = String(value("factoryId"));
  return medium === "email" ? /mail/i.test(factory) : /sms|short-message/i.test(factory);
}
