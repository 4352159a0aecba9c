import { z } from "zod";

const expectation = "expected a port, 1024 to 65535";

/** A port that a program may listen on without being root. */
export const port = z
  .number({ invalid_type_error: expectation })
  .int(expectation)
  .min(1024, expectation)
  .max(65535, expectation);
