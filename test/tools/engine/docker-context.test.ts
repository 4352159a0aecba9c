import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { variablesOfContext } from "../../../tools/engine/docker-context";
import { temporaryFolder } from "../../support/programs";

const host = "unix:///home/ada/.colima/default/docker.sock";

/** A home in which docker knows a context `colima`, and uses the one of `current`. */
function home(current?: string, endpoint: object = { docker: { Host: host } }): string {
  const folder = temporaryFolder();
  const key = createHash("sha256").update("colima").digest("hex");
  const meta = path.join(folder, ".docker/contexts/meta", key);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    path.join(meta, "meta.json"),
    JSON.stringify({ Name: "colima", Endpoints: endpoint }),
  );
  if (current !== undefined) {
    const config = JSON.stringify({ currentContext: current, auths: {} });
    writeFileSync(path.join(folder, ".docker/config.json"), config);
  }
  return folder;
}

test("the engine of the current context is the one that docker itself would use", () => {
  expect(variablesOfContext({ HOME: home("colima") })).toEqual({ DOCKER_HOST: host });
  expect(variablesOfContext({ HOME: home(), DOCKER_CONTEXT: "colima" })).toEqual({
    DOCKER_HOST: host,
  });
  expect(variablesOfContext({ DOCKER_CONFIG: path.join(home("colima"), ".docker") })).toEqual({
    DOCKER_HOST: host,
  });
});

test("a context over TLS brings its certificates", () => {
  const folder = home("colima", { docker: { Host: "tcp://engine.example:2376" } });
  const key = createHash("sha256").update("colima").digest("hex");
  const certificates = path.join(folder, ".docker/contexts/tls", key, "docker");
  mkdirSync(certificates, { recursive: true });
  expect(variablesOfContext({ HOME: folder })).toEqual({
    DOCKER_HOST: "tcp://engine.example:2376",
    DOCKER_CERT_PATH: certificates,
    DOCKER_TLS_VERIFY: "1",
  });
});

test("DOCKER_HOST wins, and without a context the usual socket is used", () => {
  expect(variablesOfContext({ HOME: home("colima"), DOCKER_HOST: "tcp://a:1" })).toEqual({});
  expect(variablesOfContext({ HOME: home() })).toEqual({});
  expect(variablesOfContext({ HOME: home("default") })).toEqual({});
  expect(variablesOfContext({ HOME: temporaryFolder() })).toEqual({});
});

test("a context that is not there, or names no engine, is an error with what to do", () => {
  expect(() => variablesOfContext({ HOME: home("lima") })).toThrow(
    /^The Docker context "lima" does not exist \(.*\): choose another with docker context use, or set DOCKER_HOST\.$/,
  );
  expect(() => variablesOfContext({ HOME: home("colima", {}) })).toThrow("names no engine");
});
