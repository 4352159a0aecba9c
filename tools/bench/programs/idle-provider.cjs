// A provider that does as little as possible: it shows what the engine costs by itself.
function without(properties) {
  const rest = { ...properties };
  delete rest.__provider;
  return rest;
}

exports.provider = {
  check: async (olds, news) => ({ inputs: news }),
  diff: async (id, olds, news) => ({ changes: olds.description !== news.description }),
  create: async (inputs) => ({ id: inputs.name, outs: without(inputs) }),
  read: async (id, props) => ({ id, props: without(props), inputs: without(props) }),
  update: async (id, olds, news) => ({ outs: without(news) }),
  delete: async () => {},
};
