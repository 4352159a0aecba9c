import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** A password that the state keeps: letters and digits, so that an address or a shell's file needs no quoting. */
export function generatedPassword(name: string): pulumi.Output<string> {
  return new random.RandomPassword(name, { length: 32, special: false }).result;
}
