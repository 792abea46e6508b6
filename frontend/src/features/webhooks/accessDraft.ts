/** How an endpoint is reached, while it is being filled in; and the change that it comes to. */
import type { Schema } from "@/api/types";

export type ShownAccess = Schema<"ShownAccess">;
export type AccessChange = Schema<"WebhookCreate">["access"];

export const AUTHENTICATIONS = ["none", "basic", "oauth2"] as const;
export type AuthenticationKind = (typeof AUTHENTICATIONS)[number];

export interface HeaderDraft {
  name: string;
  value: string;
  /** It is there already: its value is kept unless another one is given. */
  isStored: boolean;
}

export interface AccessDraft {
  headers: HeaderDraft[];
  authentication: AuthenticationKind;
  /** Whether the stored authentication stays as it is. */
  keepsAuthentication: boolean;
  username: string;
  password: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  sentIn: "header" | "body";
  keepsAuthorities: boolean;
  authorities: string;
  keepsCertificate: boolean;
  certificate: string;
  privateKey: string;
}

/** What is there, kept, with nothing given anew. */
export function accessDraftOf(shown?: ShownAccess): AccessDraft {
  const authentication = shown?.authentication;
  return {
    headers: (shown?.header_names ?? []).map((name) => ({ name, value: "", isStored: true })),
    authentication: authentication?.kind ?? "none",
    keepsAuthentication: Boolean(authentication),
    username: authentication?.username ?? "",
    password: "",
    tokenUrl: authentication?.token_url ?? "",
    clientId: authentication?.client_id ?? "",
    clientSecret: "",
    scope: authentication?.scope ?? "",
    sentIn: authentication?.sent_in ?? "header",
    keepsAuthorities: Boolean(shown?.ca_certificates?.length),
    authorities: "",
    keepsCertificate: Boolean(shown?.client_certificate),
    certificate: "",
    privateKey: "",
  };
}

/** Only what is to be different: null takes away, what is left out stays. */
export function accessChangeOf(draft: AccessDraft, shown?: ShownAccess): AccessChange {
  const change: NonNullable<AccessChange> = {};
  const headers: Record<string, string | null> = {};
  for (const name of shown?.header_names ?? []) {
    if (!draft.headers.some((one) => one.isStored && one.name === name)) headers[name] = null;
  }
  for (const one of draft.headers) if (one.name.trim() && one.value) headers[one.name.trim()] = one.value;
  if (Object.keys(headers).length > 0) change.headers = headers;
  if (!draft.keepsAuthentication) {
    const given = authenticationOf(draft);
    if (given !== null || shown?.authentication) change.authentication = given;
  }
  if (!draft.keepsAuthorities && (draft.authorities.trim() || shown?.ca_certificates?.length)) {
    change.ca_certificates = draft.authorities.trim() || null;
  }
  if (
    !draft.keepsCertificate &&
    (draft.certificate.trim() || draft.privateKey || shown?.client_certificate)
  ) {
    change.client_certificate =
      draft.certificate.trim() || draft.privateKey
        ? { certificate: draft.certificate, private_key: draft.privateKey }
        : null;
  }
  return change;
}

/** What is missing, by the name that the server has for it. */
export function accessFaultsOf(draft: AccessDraft, needed: string): Record<string, string> {
  const faults: Record<string, string> = {};
  const wants = (name: string, value: string) => {
    if (value.trim() === "") faults[name] = needed;
  };
  if (!draft.keepsAuthentication && draft.authentication === "basic") {
    wants("username", draft.username);
    wants("password", draft.password);
  }
  if (!draft.keepsAuthentication && draft.authentication === "oauth2") {
    wants("token_url", draft.tokenUrl);
    wants("client_id", draft.clientId);
    wants("client_secret", draft.clientSecret);
  }
  draft.headers.forEach((one, row) => {
    if (!one.isStored && Boolean(one.name.trim()) !== Boolean(one.value)) faults[`headers.${row}`] = needed;
  });
  if (!draft.keepsCertificate && Boolean(draft.certificate.trim()) !== Boolean(draft.privateKey)) {
    faults[draft.privateKey ? "certificate" : "private_key"] = needed;
  }
  return faults;
}

function authenticationOf(draft: AccessDraft): NonNullable<AccessChange>["authentication"] {
  if (draft.authentication === "none") return null;
  if (draft.authentication === "basic") {
    return { kind: "basic", username: draft.username.trim(), password: draft.password };
  }
  return {
    kind: "oauth2",
    token_url: draft.tokenUrl.trim(),
    client_id: draft.clientId.trim(),
    client_secret: draft.clientSecret,
    scope: draft.scope.trim(),
    sent_in: draft.sentIn,
  };
}
