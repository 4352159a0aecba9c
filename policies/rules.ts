import { accountsAreLinkedOnRequest } from "./identity/accounts-are-linked-on-request";
import { addressesAreHttps } from "./identity/addresses-are-https";
import { addressesHaveNoWildcard } from "./identity/addresses-have-no-wildcard";
import { addressesLeadWhereTheySay } from "./identity/addresses-lead-where-they-say";
import { applicationNamesItsHosts } from "./identity/application-names-its-hosts";
import { applicationsCanSignIn } from "./identity/applications-can-sign-in";
import { emailTemplatesAreComplete } from "./identity/email-templates-are-complete";
import { emailTemplatesAreInert } from "./identity/email-templates-are-inert";
import { emailTemplatesAreReadable } from "./identity/email-templates-are-readable";
import { identifiersHaveTheirConnector } from "./identity/identifiers-have-their-connector";
import { lockoutIsBounded } from "./identity/lockout-is-bounded";
import { pagesLoadOverHttps } from "./identity/pages-load-over-https";
import { passwordsAreStrong } from "./identity/passwords-are-strong";
import { redirectUrisFitTheApplication } from "./identity/redirect-uris-fit-the-application";
import { signInPagesRunNoCode } from "./identity/sign-in-pages-run-no-code";
import { signUpIsVerified } from "./identity/sign-up-is-verified";
import { signUpMatchesSignIn } from "./identity/sign-up-matches-sign-in";
import { thirdPartyApplicationsAreNamed } from "./identity/third-party-applications-are-named";
import { tokenLifetimesAreBounded } from "./identity/token-lifetimes-are-bounded";
import { verificationCodesAreBounded } from "./identity/verification-codes-are-bounded";
import { backupsAreMade } from "./platform/backups-are-made";
import { changesAreNotIgnored } from "./platform/changes-are-not-ignored";
import { connectionsAreEncrypted } from "./platform/connections-are-encrypted";
import { containerRootsAreReadOnly } from "./platform/container-roots-are-read-only";
import { containerSecretsComeInFiles } from "./platform/container-secrets-come-in-files";
import { containersAreApartFromTheHost } from "./platform/containers-are-apart-from-the-host";
import { containersComeBack } from "./platform/containers-come-back";
import { containersDropPrivileges } from "./platform/containers-drop-privileges";
import { containersHaveLimits } from "./platform/containers-have-limits";
import { containersUseTheStacksOwn } from "./platform/containers-use-the-stacks-own";
import { dataIsProtected } from "./platform/data-is-protected";
import { databaseRolesAreLimited } from "./platform/database-roles-are-limited";
import { developmentSwitchesAreOff } from "./platform/development-switches-are-off";
import { endpointsAreHttps } from "./platform/endpoints-are-https";
import { extraHostsArePrivate } from "./platform/extra-hosts-are-private";
import { imagesArePinned } from "./platform/images-are-pinned";
import { privatePortsStayPrivate } from "./platform/private-ports-stay-private";
import { proxyHeadersComeFromAProxy } from "./platform/proxy-headers-come-from-a-proxy";
import { randomPasswordsAreLong } from "./platform/random-passwords-are-long";
import { credentialsAreNoPlaceholders } from "./secrets/credentials-are-no-placeholders";
import { credentialsAreNotPlaintext } from "./secrets/credentials-are-not-plaintext";
import { onlyLeavesAreSecret } from "./secrets/only-leaves-are-secret";
import { sandboxStaysLocal } from "./secrets/sandbox-stays-local";
import { secretOutputsAreDeclared } from "./secrets/secret-outputs-are-declared";
import { secretsAreMarked } from "./secrets/secrets-are-marked";
import { stackFileHoldsNoCredential } from "./secrets/stack-file-holds-no-credential";

/** Every rule of the pack. Violations of one resource are shown in this order. */
export const rules = [
  secretsAreMarked,
  credentialsAreNotPlaintext,
  secretOutputsAreDeclared,
  onlyLeavesAreSecret,
  stackFileHoldsNoCredential,
  credentialsAreNoPlaceholders,
  sandboxStaysLocal,
  applicationNamesItsHosts,
  addressesAreHttps,
  addressesLeadWhereTheySay,
  addressesHaveNoWildcard,
  applicationsCanSignIn,
  redirectUrisFitTheApplication,
  pagesLoadOverHttps,
  emailTemplatesAreComplete,
  emailTemplatesAreInert,
  emailTemplatesAreReadable,
  signInPagesRunNoCode,
  signUpIsVerified,
  signUpMatchesSignIn,
  identifiersHaveTheirConnector,
  accountsAreLinkedOnRequest,
  passwordsAreStrong,
  lockoutIsBounded,
  verificationCodesAreBounded,
  tokenLifetimesAreBounded,
  thirdPartyApplicationsAreNamed,
  endpointsAreHttps,
  connectionsAreEncrypted,
  imagesArePinned,
  privatePortsStayPrivate,
  proxyHeadersComeFromAProxy,
  extraHostsArePrivate,
  containersDropPrivileges,
  containersAreApartFromTheHost,
  containersUseTheStacksOwn,
  containersHaveLimits,
  containersComeBack,
  containerRootsAreReadOnly,
  containerSecretsComeInFiles,
  developmentSwitchesAreOff,
  databaseRolesAreLimited,
  randomPasswordsAreLong,
  changesAreNotIgnored,
  dataIsProtected,
  backupsAreMade,
] as const;
