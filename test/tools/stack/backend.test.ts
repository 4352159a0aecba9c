import os from "node:os";
import path from "node:path";
import { backendIn, folderOf } from "../../../tools/stack/backend";

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
