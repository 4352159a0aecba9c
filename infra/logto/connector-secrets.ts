import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../properties";

/** Where the configs of Logto's own factories hold secrets. Logto itself does not say. */
const placesByFactory: Readonly<Record<string, readonly string[]>> = {
  ...having("apiKey", ["sendgrid-email-service", "mailgun-email", "smtp2go-email-service"]),
  ...having("apiKey", ["mailjunky-email-service", "smsaero-short-message-service"]),
  "simple-mail-transfer-protocol": [
    ...["pass", "clientSecret", "refreshToken", "accessToken", "privateKey"],
    ...["privateKey.key", "privateKey.passphrase"],
  ].map((place) => `auth.${place}`),
  ...having("accessKeySecret", ["aws-ses-mail", "aliyun-direct-mail"]),
  ...having("accessKeySecret", ["aliyun-short-message-service", "tencent-short-message-service"]),
  ...having("accessKeySecret", ["aliyun-short-message-auth-service"]),
  "postmark-mail": ["serverToken"],
  ...having("authorization", ["http-email", "http-sms"]),
  "twilio-short-message-service": ["authToken"],
  "vonage-sms": ["apiKey", "apiSecret"],
  "gatewayapi-sms": ["apiToken"],
  "whatsapp-short-message-service": ["accessToken"],
  "smsbao-sms": ["passwordOrApiKey"],
  "yunpian-sms": ["apikey"],
  "apple-universal": [],
  ...having("clientSecret", ["google-universal", "github-universal", "facebook-universal"]),
  ...having("clientSecret", ["azuread-universal", "discord-universal", "amazon-universal"]),
  ...having("clientSecret", ["gitlab-universal", "huggingface-universal", "kakao-universal"]),
  ...having("clientSecret", ["kook-universal", "line-universal", "linkedin-universal"]),
  ...having("clientSecret", ["naver-universal", "patreon-universal", "qq-universal"]),
  ...having("clientSecret", ["slack-universal", "x-universal", "xiaomi-universal"]),
  ...having("clientSecret", ["dingtalk-web", "oidc", "oauth2"]),
  ...having("appSecret", ["feishu-web", "wechat-web", "wechat-native", "wecom-universal"]),
  ...having("privateKey", ["alipay-web", "alipay-native"]),
  saml: ["privateKey", "privateKeyPass", "encPrivateKey", "encPrivateKeyPass"],
};

function having(place: string, factories: string[]): Record<string, string[]> {
  return Object.fromEntries(factories.map((factory) => [factory, [place]]));
}

/**
 * The places in a connector's config that hold secrets: for Logto's own factories those that are known; for any other
 * each text under a name that sounds like one. A place that is encrypted without need hides less than one that is not.
 *
 * @see https://docs.logto.io/connectors
 */
export function secretPlacesOf(factoryId: unknown, config: unknown): readonly string[] {
  const known = typeof factoryId === "string" ? placesByFactory[factoryId] : undefined;
  return known ?? suspects(config);
}

function suspects(value: unknown, at: string[] = [], isSuspect = false): string[] {
  if (isText(value)) return isSuspect ? [at.join(".")] : [];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    suspects(held, [...at, name], isSuspect || /secret|key|token|pass|auth/i.test(name)),
  );
}

/** A text, now or later. */
function isText(value: unknown): boolean {
  return typeof value === "string" || pulumi.Output.isInstance(value) || value instanceof Promise;
}
