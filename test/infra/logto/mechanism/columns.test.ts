import { columnNaming } from "../../../../infra/logto/mechanism/columns";

const naming = columnNaming({ factoryId: "connectorId", connectorId: "id" });
const inputs = { connectorId: "mails", factoryId: "sendgrid", config: { a: 1 } };
const columns = { id: "mails", connectorId: "sendgrid", config: { a: 1 } };

test("inputs become columns and columns inputs, also where a name is another's on the other side", () => {
  expect(naming.toColumns(inputs)).toEqual(columns);
  expect(naming.toInputs(columns)).toEqual(inputs);
  expect(naming.columnOf("factoryId")).toBe("connectorId");
});

test("a column that only by chance has an input's name gives way to the one that is meant", () => {
  expect(naming.toInputs({ ...columns, factoryId: "by chance" })).toEqual(inputs);
});

test("without names all are the same", () => {
  const { toColumns, toInputs, columnOf } = columnNaming();
  expect([toColumns(inputs), toInputs(inputs), columnOf("x")]).toEqual([inputs, inputs, "x"]);
});
