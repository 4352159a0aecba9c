import { identify, submit } from "./api.js";
import { follow } from "./page.js";

/** Ends the sign-in. An account that is being made is made first, from what the profile holds by now. */
export async function finish(event: "SignIn" | "Register"): Promise<void> {
  if (event === "Register") {
    await identify();
  }
  await follow(await submit());
}
