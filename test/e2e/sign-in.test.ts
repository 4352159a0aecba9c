import { walkThroughSignIn } from "./sign-in-walk";
import { standUp } from "./stack";

/**
 * Without further ado it stands up a stack of its own. Against any other Logto, where what changes the stack
 * is left out:
 *
 * - E2E_BOOKSTORE_URL: where a Bookstore is that signs people in by it (`npm run bookstore -- STACK`), such
 *   as http://localhost:3000. The sign-in experience has e-mail and a code, and no password.
 * - E2E_OUTBOX_URL: where its mails can be read, as sandbox/outbox has them, such as http://localhost:3003.
 * - E2E_STACK: the stack whose file names the sender. Default: local.
 */
jest.setTimeout(300_000);

walkThroughSignIn({
  stack: process.env["E2E_STACK"] ?? "local",
  isOwn: process.env["E2E_BOOKSTORE_URL"] === undefined,
  standUp,
});
