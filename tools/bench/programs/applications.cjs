// The program with applications, compiled as a stack's program is (stacks/start.cjs).
require("../../../infra/load.cjs")("tools/bench/programs/applications");
