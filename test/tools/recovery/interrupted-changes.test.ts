import { readInterruptedChanges } from "../../../tools/recovery/interrupted-changes";
import { described, engineSaying, operation, stackOf } from "../../support/tools";

const read = async (
  engine: ReturnType<typeof engineSaying>,
  backend: string,
): Promise<{ said: string[]; commands: string[] }> => {
  const said: string[] = [];
  await readInterruptedChanges(engine, { backend }, "local", (line) => said.push(line));
  return { said, commands: engine.pulumi.mock.calls.map(([args]) => args.join(" ")) };
};

describe("what was being changed when a run was killed", () => {
  const resources = ["shop", "forum", "mail", "blog"].map(described);
  const operations = [
    operation("shop", "updating"),
    operation("forum", "deleting"),
    operation("mail", "creating"),
  ];

  test("is read again, and nothing else", async () => {
    const { engine, backend } = stackOf(resources, operations);
    expect(await read(engine, backend)).toEqual({
      said: ["A run on local was killed while it changed forum, shop: read again."],
      commands: [
        "stack export --stack local --non-interactive",
        `refresh --yes --skip-preview --non-interactive --stack local --run-program=false --skip-pending-creates --target ${described("shop").urn} --target ${described("forum").urn}`,
      ],
    });
  });

  test("is told with the command for later if it cannot be read now", async () => {
    const { engine, backend } = stackOf(resources, operations);
    const { pulumi } = engineSaying("", "no answer");
    const answer = engine.pulumi.getMockImplementation();
    engine.pulumi.mockImplementation((...call) =>
      call[0][0] === "refresh" ? pulumi(...call) : (answer ?? pulumi)(...call),
    );
    const { said } = await read(engine, backend);
    expect(said[1]).toBe(
      "It cannot be read now. If this run does not put it right: npm run up -- local --refresh",
    );
  });

  test("is not asked for if the state tells of none", async () => {
    const none = stackOf(resources, []);
    expect(await read(none.engine, none.backend)).toEqual({ said: [], commands: [] });
    const create = stackOf(resources, [operation("mail")]);
    const { said, commands } = await read(create.engine, create.backend);
    expect([said, commands]).toEqual([[], [expect.stringMatching(/^stack export/)]]);
  });
});
