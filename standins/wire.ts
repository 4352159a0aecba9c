import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Failure, PluginResource, Properties } from "./plugin";
import { type InputRule, type InputRules, isObject } from "./rules";

/**
 * Only the reason names the property: for a failure with a property, the engine prints its value in plaintext, even
 * if it is secret.
 */
export function failure({ property, reason }: Failure): messages.CheckFailure {
  const message = new messages.CheckFailure();
  message.setReason(`${property}: ${reason}`);
  return message;
}

export function properties(message: Struct | undefined): Properties {
  return message?.toJavaScript() ?? {};
}

export function struct(values: Properties): Struct {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Struct.fromJavaScript(Object.fromEntries(present) as Record<string, JavaScriptValue>);
}

/** A resource's properties, with its secrets in the form that the engine recognises. */
export function marked(resource: PluginResource, values: Properties): Struct {
  const secrets = resource.secrets.filter((name) => values[name] !== undefined);
  return struct({
    ...values,
    ...Object.fromEntries(secrets.map((name) => [name, secret(values[name])])),
  });
}

/** The inputs, marked secret if their rule says so, or if they contain a secret. */
export function markedByRule(rules: InputRules, values: Properties): Struct {
  return struct(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        holdsSecret(rules[name], value) ? secret(value) : value,
      ]),
    ),
  );
}

export function holdsSecret(rule: InputRule | undefined, value: unknown): boolean {
  if (rule === undefined || value === undefined || value === null) {
    return false;
  }
  return (
    "secret" in rule ||
    ("fields" in rule &&
      [value]
        .flat()
        .some(
          (element) =>
            isObject(element) &&
            Object.entries(element).some(([name, inner]) => holdsSecret(rule.fields[name], inner)),
        ))
  );
}

export function secret(value: unknown): Properties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}
