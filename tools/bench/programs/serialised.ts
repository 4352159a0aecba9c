import * as pulumi from "@pulumi/pulumi";
import { declareEach } from "./declared";

interface Properties {
  name: string;
  description: string;
}

/** A provider as in the SDK's documentation: its whole code is stored as text with each resource in the state. */
const provider: pulumi.dynamic.ResourceProvider<Properties, Properties> = {
  configure: () => Promise.resolve(),
  check: (_olds: Properties, news: Properties) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => Promise.resolve({ changes: olds.description !== news.description }),
  create: (inputs) => Promise.resolve({ id: inputs.name, outs: inputs }),
  read: (id, props) => Promise.resolve({ id, ...(props && { props }) }),
  update: (_id, _olds, news) => Promise.resolve({ outs: news }),
  delete: () => Promise.resolve(),
};

class Serialised extends pulumi.dynamic.Resource {
  constructor(name: string, props: pulumi.Inputs) {
    super(provider, name, props, undefined, "bench", "Serialised");
  }
}

declareEach((name, application) => new Serialised(name, application));
