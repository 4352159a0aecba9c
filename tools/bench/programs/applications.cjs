// The program of the applications, compiled as the program of a stack is (stacks/start.cjs).
require("../../../infra/load.cjs")("tools/bench/programs/applications");
