// The script of all pages. It waits for nothing: a module runs when the page is complete.
import { complete } from "./complete.js";
import { forgotPassword } from "./forgot-password.js";
import { watchPasswords } from "./forms.js";
import { recall, remember } from "./memory.js";
import { goBack, hideBrokenLogo, onAction, page } from "./page.js";
import { password } from "./password.js";
import { register } from "./register.js";
import { setPassword } from "./set-password.js";
import { signIn } from "./sign-in.js";
import { watchTerms } from "./terms.js";
import { toast } from "./toast.js";
import { verificationCode } from "./verification-code.js";

hideBrokenLogo();
watchPasswords();
watchTerms();
onAction("back", goBack);
switch (page.screen) {
  case "sign-in":
    signIn(page);
    break;
  case "register":
    register(page);
    break;
  case "password":
    password(page);
    break;
  case "verification-code":
    verificationCode(page);
    break;
  case "forgot-password":
    forgotPassword(page);
    break;
  case "set-password":
    setPassword(page);
    break;
  case "continue":
    complete(page);
    break;
  case "message":
    break;
}

const { toast: left } = recall();
if (left !== undefined) {
  remember({ toast: undefined });
  toast(left);
}

// A page that the browser kept as it was is busy with what has long been answered.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    location.reload();
  }
});
