import * as pulumi from "@pulumi/pulumi";
import { declareEach } from "./declared";

/** A resource with the same short text in the state as this project's, and a provider that does nothing. */
class Idle extends pulumi.CustomResource {
  constructor(name: string, props: pulumi.Inputs) {
    const __provider =
      'exports.handler=()=>require(process.cwd()+"/tools/bench/programs/idle-provider.cjs").provider';
    super("pulumi-nodejs:dynamic/bench:Idle", name, { ...props, __provider });
  }
}

declareEach((name, application) => new Idle(name, application));
