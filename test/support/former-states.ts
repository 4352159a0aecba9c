/**
 * Where each provider's module was while the texts in states named files, commit bf98e3a and after; no path is ever
 * taken off.
 */
export const formerModules: Readonly<Record<string, string>> = {
  "logto:Application": "infra/logto/application",
  "logto:Connector": "infra/logto/connector",
  "logto:SendGridConnector": "infra/logto/sendgrid-connector",
  "logto:SignInExperience": "infra/logto/sign-in-experience",
  "sendgrid:Preflight": "infra/sendgrid/preflight",
  "logto-server:Administrator": "infra/server/administrator",
  "logto-server:ClosedConsole": "infra/server/closed-console",
  "logto-server:DatabaseRole": "infra/server/database-role",
  "logto-server:EmbeddedPostgres": "infra/server/embedded-postgres",
  "logto-server:FinishedContainer": "infra/server/finished-container",
  "logto-server:LogtoDatabase": "infra/server/logto-database",
  "logto-server:ManagementAccess": "infra/server/management-access",
  "logto-server:Outbox": "infra/server/outbox",
  "logto-server:PublishedPorts": "infra/server/published-ports",
  "logto-server:ReadyContainer": "infra/server/ready-container",
  "logto-server:Sandbox": "infra/server/sandbox",
  "logto-server:UpgradeCheck": "infra/server/upgrade-check",
};

/** The text of that time. */
export function formerText(module: string): string {
  return `exports.handler=()=>require(process.cwd()+"/infra/load.cjs")("${module}").provider`;
}
