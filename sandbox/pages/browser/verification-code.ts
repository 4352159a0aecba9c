import { addToProfile, type AddressKnownAs, change, identify, submit, verifyCode } from "./api.js";
import { eventOf, send, verificationIdOf } from "./codes.js";
import { finish } from "./completion.js";
import { alertThat, ask } from "./dialog.js";
import { type Handlers, showError, whileBusy } from "./forms.js";
import { isAddress } from "./identifiers.js";
import { recall } from "./memory.js";
import {
  type Data,
  element,
  fillIn,
  follow,
  go,
  goBack,
  nameOf,
  onAction,
  showFor,
  showInvalidSession,
  text,
} from "./page.js";
import { watchPasscode } from "./passcode.js";
import { onCompletion } from "./refusals.js";
import { agreesToTerms } from "./terms.js";
import { toast } from "./toast.js";

/** Between two codes, in seconds. */
const pause = 59;

/** Takes the code that was sent, and goes on with what it proves. */
export function verificationCode(data: Data<"verification-code">): void {
  const { flow } = data;
  const { identifier, forgottenIdentifier } = recall();
  const address = flow === "forgot-password" ? forgottenIdentifier : identifier;
  if (!address || !isAddress(address) || !verificationIdOf(address)) {
    showInvalidSession();
    return;
  }
  element("#heading").textContent = text(`description.verify_${address.type}`);
  fillIn("description.enter_passcode", {
    address: nameOf(address.type),
    target: address.value,
  });
  showFor(address.type);

  const button = element('[data-action="continue"]') as HTMLButtonElement;
  const handlers = onVerification(data, address);
  const passcode = watchPasscode((code) => {
    void whileBusy(
      button,
      async () => {
        try {
          await useCode(data, address, code);
        } finally {
          passcode.clear();
        }
      },
      handlers,
    );
  });
  button.addEventListener("click", () => {
    const code = passcode.read();
    if (code.length < passcode.length) {
      showError(text("error.invalid_passcode"));
    } else {
      void whileBusy(button, () => useCode(data, address, code).finally(passcode.clear), handlers);
    }
  });

  const countDown = watchPause();
  onAction("resend", (link) =>
    whileBusy(
      link,
      async () => {
        await send(flow, address);
        toast(text("description.passcode_sent"));
        countDown();
        passcode.clear();
      },
      {},
    ),
  );
}

async function useCode(
  { flow }: Data<"verification-code">,
  identifier: AddressKnownAs,
  code: string,
): Promise<void> {
  const { verificationId } = await verifyCode({
    identifier,
    verificationId: verificationIdOf(identifier) ?? "",
    code,
  });
  if (flow === "continue") {
    await addToProfile({ type: identifier.type, verificationId });
    await finish(recall().event ?? "SignIn");
    return;
  }
  await identify({ verificationId });
  await follow(await submit());
}

function onVerification(
  { flow, registrable, usableToSignIn, mustAgreeToRegister }: Data<"verification-code">,
  identifier: AddressKnownAs,
): Handlers {
  const { type, value } = identifier;
  const verified = () => ({ verificationId: verificationIdOf(identifier) ?? "" });
  let underWay = eventOf(flow) === "Register" ? ("Register" as const) : ("SignIn" as const);

  const alreadyInUse = async () => {
    if (underWay !== "Register" || !usableToSignIn.includes(type)) {
      await explain("description.create_account_id_exists_alert", identifier);
      return;
    }
    if (!(await confirmed("description.create_account_id_exists", value))) {
      await goBack();
    }
    underWay = "SignIn";
    await change(underWay);
    await identify(verified());
    await follow(await submit());
  };

  const unknown = async () => {
    if (flow !== "sign-in" || !registrable.includes(type)) {
      await explain("description.sign_in_id_does_not_exist_alert", identifier);
      return;
    }
    if (!(await confirmed("description.sign_in_id_does_not_exist", value))) {
      await goBack();
    }
    if (mustAgreeToRegister && !(await agreesToTerms())) {
      return;
    }
    underWay = "Register";
    await change(underWay);
    await identify(verified());
    await follow(await submit());
  };

  return {
    "verification_code.code_mismatch": ({ message }) => showError(message),
    "verification_code.expired": ({ message }) => showError(message),
    "user.suspended": ({ message }) => showError(message),
    ...onCompletion(() => underWay),
    "user.user_not_exist": unknown,
    "user.email_already_in_use": alreadyInUse,
    "user.phone_already_in_use": alreadyInUse,
    "user.new_password_required_in_profile": () => go("/forgot-password/reset", { replace: true }),
  };
}

async function confirmed(
  key: "description.create_account_id_exists" | "description.sign_in_id_does_not_exist",
  value: string,
): Promise<boolean> {
  return ask({
    content: text(key, { value }),
    confirm: text("action.continue"),
    cancel: text("action.cancel"),
  });
}

/** There is no way on with this address: the person can only choose another one. */
async function explain(
  key: "description.create_account_id_exists_alert" | "description.sign_in_id_does_not_exist_alert",
  { type, value }: AddressKnownAs,
): Promise<void> {
  await alertThat(
    text(key, { type: nameOf(type), value }),
    text("action.change", { method: nameOf(type) }),
  );
  await goBack();
}

/** Counts the seconds until another code may be asked for. A reload does not restart it. */
function watchPause(): () => void {
  const waiting = element('[data-resend="waiting"]');
  const ready = element('[data-resend="ready"]');
  const seconds = element("[data-seconds]", waiting);
  const tick = () => {
    const left = Math.ceil(((recall().sentAt ?? 0) + pause * 1000 - Date.now()) / 1000);
    seconds.textContent = String(Math.max(0, left));
    waiting.hidden = left <= 0;
    ready.hidden = left > 0;
  };
  tick();
  setInterval(tick, 1000);
  return tick;
}
