import type * as pulumi from "@pulumi/pulumi";

/** The arguments for plain inputs: at every depth a value, or an output that brings it later. */
export type DeepInput<T> = pulumi.Input<
  T extends string | number | boolean | undefined
    ? T
    : T extends readonly (infer Element)[]
      ? DeepInput<Element>[]
      : T extends object
        ? { [Key in keyof T]: DeepInput<T[Key]> }
        : T
>;

/** The arguments object of a resource: {@link DeepInput} for every one of its plain inputs. */
export type Arguments<Inputs> = { [Key in keyof Inputs]: DeepInput<Inputs[Key]> };
