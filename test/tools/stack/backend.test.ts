import os from "node:os";
import path from "node:path";
import { backendIn, folderOf, requireBackend } from "../../../tools/stack/backend";

const home = os.userInfo().homedir;

test.each([
  ["file:///srv/state", "/srv/state"],
  ["file://~", home],
  ["file://~/state", path.join(home, "state")],
  ["file://.", "/clone"],
  ["file://./state", "/clone/state"],
  ["file://state", "/clone/state"],
  ["file://../state/", "/state"],
  ["file:///srv/state?no_tmp_dir=false", "/srv/state"],
  ["file:///srv/issue%2312", "/srv/issue#12"],
  ["file:/srv/state", "/srv/state"],
  ["FILE:///srv/state?metadata=skip", "/srv/state"],
  ["FILE://./state", "/clone/state"],
  ["File://host/srv", "/srv"],
  ["file:state", "/clone"],
  ["file://", "/clone"],
  ["file://~?metadata=skip", home],
  ["s3://bucket", undefined],
  ["https://api.pulumi.com", undefined],
  ["file:///srv/100%", undefined],
])("the back end %s lies in %s", (backend, folder) => {
  expect(folderOf(backend, "/clone")).toBe(folder);
});

test.each([
  "/srv/issue#12",
  "/srv/what?",
  "/srv/100%",
  "/srv/$HOME",
  "/srv/a b",
  "/srv/ü",
  "/srv/%41",
])("the address of a back end in %s leads there", (folder) => {
  expect(folderOf(backendIn(folder), "/clone")).toBe(folder);
});

test.each([
  "file:///srv/a b",
  "file://./a b?metadata=skip",
  "file://~",
  "file://state",
  "file:/srv",
  "FILE:///srv",
  "s3://bucket?region=a&endpoint=127.0.0.1:9000",
  "azblob://states",
  "gs://states",
  "postgres://user@host:5432/states",
  "https://",
  "https://api.pulumi.com",
])("%s is an address of a back end", (address) => {
  expect(() => requireBackend(address, "PULUMI_BACKEND_URL")).not.toThrow();
});

// To the engine each of these is Pulumi's service, whose access token it then asks for.
test.each([
  "nonsense",
  "../state",
  "/srv/state",
  "~/state",
  " file:///srv/state",
  "file://my state",
  "file://%2e%2e/state",
  "file:///srv/100%",
  "s3:",
  "C\\state",
])("%j is refused as no address of a back end, with the ways to write one", (address) => {
  expect(() => requireBackend(address, "PULUMI_BACKEND_URL")).toThrow(
    "PULUMI_BACKEND_URL is not an address of a back end: expected https://…",
  );
});
