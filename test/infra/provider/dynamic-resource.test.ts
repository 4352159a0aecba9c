import * as pulumi from "@pulumi/pulumi";
import { DynamicResource, stub } from "../../../infra/provider/dynamic-resource";

/**
 * The text lies in the state once per resource. The day it changes, every resource of every stack shows
 * a change: do not change it lightly.
 */
test("the engine stores one constant line with a resource, and it is this", () => {
  expect(stub("infra/logto/application")).toBe(
    'exports.handler=()=>require(process.cwd()+"/infra/load.cjs")("infra/logto/application").provider',
  );
});

test("a dynamic resource registers as the SDK's own would: its type, and the text as __provider", async () => {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  await pulumi.runtime.setMocks({
    newResource(args) {
      registered.push(args);
      return { id: "id", state: args.inputs as object };
    },
    call({ token }) {
      throw new Error(`unforeseen call of ${token}`);
    },
  });
  class Thing extends DynamicResource {
    constructor(name: string, args: pulumi.Inputs) {
      super("infra/logto/application", "logto:Thing", name, args, undefined);
    }
  }
  const thing = new Thing("one", { colour: "green" });
  await new Promise((resolve) => thing.urn.apply(resolve));
  const text = stub("infra/logto/application");
  expect(registered).toMatchObject([
    {
      type: "pulumi-nodejs:dynamic/logto:Thing",
      name: "one",
      inputs: { colour: "green", __provider: text },
    },
  ]);
  const { Resource } = pulumi.dynamic;
  class Reference extends Resource {
    constructor() {
      super(
        { create: () => Promise.resolve({ id: "id" }) },
        "two",
        {},
        undefined,
        "logto",
        "Thing",
      );
    }
  }
  await new Promise((resolve) => new Reference().urn.apply(resolve));
  expect(registered[1]).toMatchObject({
    type: registered[0]?.type,
    inputs: { __provider: expect.stringMatching(/^exports\.handler = /) as string },
  });
});
