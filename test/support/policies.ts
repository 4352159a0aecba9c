import type { PolicyPackConfig, ResourceValidationPolicy } from "@pulumi/policy";
import * as server from "@pulumi/policy/server";
import { runtime } from "@pulumi/pulumi";
import {
  AnalyzeRequest,
  AnalyzerResource,
  AnalyzerResourceOptions,
  type AnalyzeResponse,
  AnalyzeStackRequest,
  EnforcementLevel,
  type RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { policiesFor, type ResourceRule, type StackRule } from "../../policies/rule";

/** A resource as the engine hands it to a policy pack. */
export interface Registered {
  type: string;
  name: string;
  /** As JSON, with {@link secret}s and {@link unknown}s in it. */
  inputs: object;
  additionalSecretOutputs?: string[];
  protect?: boolean;
  ignoreChanges?: string[];
}

/** What a policy said. */
export interface Finding {
  policy: string;
  level: "advisory" | "mandatory";
  message: string;
}

export interface Judgement {
  /** By the policy's name; see policies/configuration. */
  configuration?: PolicyPackConfig;
  /** Whether it is the `up` itself. Default: a preview. */
  isApply?: boolean;
  stack?: string;
}

/** A value that the program marked secret, as the engine sends it. */
export function secret(value: unknown): object {
  return { [runtime.specialSigKey]: runtime.specialSecretSig, value };
}

/** Stands for a text that is known only after the apply. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Call<Request> = (
  call: { request: Request },
  answer: (error: Error | null | undefined, response: AnalyzeResponse | RemediateResponse) => void,
) => Promise<void>;
type MakeCall<Request> = (
  pack: string,
  version: string,
  level: string,
  policies: object[],
) => Call<Request>;

/** The part of the SDK that answers the engine; exported without types. */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = server as unknown as {
  makeAnalyzeRpcFun: MakeCall<AnalyzeRequest>;
  makeAnalyzeStackRpcFun: MakeCall<AnalyzeStackRequest>;
  makeRemediateRpcFun: MakeCall<AnalyzeRequest>;
};

/**
 * What the rules say of a stack's resources, through the SDK's own server: its messages, its unwrapping of
 * secrets, its proxies for what is unknown. Only the port between it and the engine is left out.
 */
export async function judge(
  rules: readonly (ResourceRule | StackRule)[],
  resources: Registered[],
  { configuration = {}, isApply = false, stack = "production" }: Judgement = {},
): Promise<Finding[]> {
  const before = process.env["PULUMI_DRY_RUN"];
  process.env["PULUMI_DRY_RUN"] = String(!isApply);
  try {
    const policies = policiesFor(rules).map((policy) => configured(policy, configuration));
    const remediate = makeRemediateRpcFun("logto-stack", "0.0.0", "advisory", policies);
    const analyze = makeAnalyzeRpcFun("logto-stack", "0.0.0", "advisory", policies);
    const analyzeStack = makeAnalyzeStackRpcFun("logto-stack", "0.0.0", "advisory", policies);
    const findings: Finding[] = [];
    for (const resource of resources) {
      const request = described(new AnalyzeRequest(), resource, stack);
      await ask(remediate, request);
      findings.push(...(await ask(analyze, request)));
    }
    const all = new AnalyzeStackRequest();
    all.setResourcesList(resources.map((one) => described(new AnalyzerResource(), one, stack)));
    return [...findings, ...(await ask(analyzeStack, all))];
  } finally {
    if (before === undefined) delete process.env["PULUMI_DRY_RUN"];
    else process.env["PULUMI_DRY_RUN"] = before;
  }
}

type Validation = (args: object, report: unknown) => unknown;

/** The SDK keeps a pack's configuration to itself; only its server can set it. */
function configured(policy: object, configuration: PolicyPackConfig): object {
  const { name, enforcementLevel } = policy as ResourceValidationPolicy;
  const { enforcementLevel: level = enforcementLevel, ...options } = asObject(configuration[name]);
  const wrapped = Object.entries(policy)
    .filter((entry): entry is [string, Validation] => typeof entry[1] === "function")
    .map(([key, validate]): [string, Validation] => [
      key,
      (args, report) => validate({ ...args, getConfig: () => options }, report),
    ]);
  return { ...policy, ...Object.fromEntries(wrapped), enforcementLevel: level };
}

function asObject(config: unknown = {}): { enforcementLevel?: string } {
  return typeof config === "string" ? { enforcementLevel: config } : (config as object);
}

function described<Message extends AnalyzeRequest | AnalyzerResource>(
  message: Message,
  {
    type,
    name,
    inputs,
    additionalSecretOutputs = [],
    protect = false,
    ignoreChanges = [],
  }: Registered,
  stack: string,
): Message {
  const options = new AnalyzerResourceOptions();
  options.setProtect(protect);
  options.setAdditionalsecretoutputsList(additionalSecretOutputs);
  options.setIgnorechangesList(ignoreChanges);
  message.setType(type);
  message.setName(name);
  message.setUrn(`urn:pulumi:${stack}::logto-stack::${type}::${name}`);
  message.setProperties(Struct.fromJavaScript(inputs as Record<string, JavaScriptValue>));
  message.setOptions(options);
  return message;
}

function ask<Request>(call: Call<Request>, request: Request): Promise<Finding[]> {
  return new Promise((resolve, reject) => {
    void call({ request }, (error, response) => {
      if (error) reject(error);
      else resolve("getDiagnosticsList" in response ? findingsOf(response) : []);
    });
  });
}

function findingsOf(response: AnalyzeResponse): Finding[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    level:
      diagnostic.getEnforcementlevel() === EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
    // The SDK puts the policy's description in front.
    message: diagnostic.getMessage().split("\n").at(-1) ?? "",
  }));
}
