/** What the form of a destination holds, what is missing in it, and what is sent. */
import { formMessages } from "@/forms/messages";
import { missing, settingsOf, type SettingsField, type SettingValues } from "@/forms/settingsFields";
import type { Schema } from "@/api/types";
import type { Destination, DestinationEnvironment, DestinationKindName } from "./api";
import { isPinReplaced, type Shown } from "./identities";
import { CERTIFICATE, HOST_KEY, kindOf, KINDS } from "./kinds";
import { destinationMessages } from "./messages";
import { draftOf, faultsOfPolicy, policyOf, usualPolicy, type PolicyDraft } from "./policyDraft";

/** As the server has it. */
const SHORTEST_REASON = 3;

export interface DestinationValues {
  name: string;
  kind: DestinationKindName;
  environment: DestinationEnvironment;
  settings: SettingValues;
  /** Of SFTP: what one signs in with. */
  method: "private_key" | "password" | "both";
  secrets: Record<string, string>;
  /** Whether what signs in is given; otherwise what is stored is kept. */
  givesSecrets: boolean;
  hostKey: string | null;
  responseFolder: string;
  policy: PolicyDraft;
  /** Why what was pinned is replaced. */
  reason: string;
}

export function emptyValues(): DestinationValues {
  return {
    name: "",
    kind: "sftp",
    environment: "production",
    settings: {},
    method: "private_key",
    secrets: {},
    givesSecrets: true,
    hostKey: null,
    responseFolder: "",
    policy: draftOf(usualPolicy),
    reason: "",
  };
}

export function valuesOf(stored: Destination): DestinationValues {
  const { [HOST_KEY]: hostKey, ...settings } = stored.settings as SettingValues;
  return {
    name: stored.name,
    kind: kindOf(stored.kind),
    environment: stored.environment,
    settings,
    method: "private_key",
    secrets: {},
    givesSecrets: false,
    hostKey: typeof hostKey === "string" ? hostKey : null,
    responseFolder: stored.response_folder ?? "",
    policy: draftOf(stored.policy),
    reason: "",
  };
}

/** Another kind has other settings and signs in otherwise; name, environment and policy stay. */
export function ofOtherKind(values: DestinationValues, kind: DestinationKindName): DestinationValues {
  return { ...values, kind, settings: {}, secrets: {}, hostKey: null };
}

/** Another server has another key. */
export function withSetting(
  values: DestinationValues,
  name: string,
  value: SettingValues[string],
): DestinationValues {
  const isOtherServer = name === "host" || name === "port";
  return {
    ...values,
    settings: { ...values.settings, [name]: value },
    hostKey: isOtherServer ? null : values.hostKey,
  };
}

/** What somebody has compared is pinned. */
export function withConfirmed(
  values: DestinationValues,
  { identity, fingerprint }: Shown,
): DestinationValues {
  return identity === "host_key"
    ? { ...values, hostKey: fingerprint }
    : withSetting(values, CERTIFICATE, fingerprint);
}

/** What signs in, as it is sent: only what belongs to the chosen way. */
export function credentialsOf({ kind, method, secrets }: DestinationValues): Record<string, string> {
  const names =
    kind === "sftp"
      ? {
          private_key: ["private_key", "passphrase"],
          password: ["password"],
          both: ["private_key", "passphrase", "password"],
        }[method]
      : KINDS[kind].secrets.map((one) => one.name);
  return Object.fromEntries(
    names.map((name) => [name, secrets[name] ?? ""]).filter(([, value]) => value?.trim() !== ""),
  ) as Record<string, string>;
}

function missingSecrets(values: DestinationValues): string[] {
  const given = credentialsOf(values);
  const needed =
    values.kind === "sftp"
      ? { private_key: ["private_key"], password: ["password"], both: ["private_key", "password"] }[
          values.method
        ]
      : KINDS[values.kind].secrets.filter((one) => one.isRequired).map((one) => one.name);
  return needed.filter((name) => !(name in given));
}

/** The settings with the confirmed key, as they are sent. */
export function allSettings(fields: SettingsField[], values: DestinationValues): SettingValues {
  const settings = settingsOf(fields, values.settings);
  if (values.kind === "sftp" && values.hostKey) settings[HOST_KEY] = values.hostKey;
  return settings;
}

/** Settings with which what is stored may still be used: the server asks for credentials with any other change. */
const HARMLESS = ["folder", "prefix", "connect_timeout_seconds", "operation_timeout_seconds", HOST_KEY];

/** Whether what signs in has to be given again, because it would go elsewhere or less guarded. */
export function goesElsewhere(
  fields: SettingsField[],
  stored: Destination,
  values: DestinationValues,
): boolean {
  const now = allSettings(fields, values);
  const names = new Set([...Object.keys(now), ...Object.keys(stored.settings)]);
  return [...names].some(
    (name) =>
      !HARMLESS.includes(name) &&
      JSON.stringify(now[name] ?? null) !== JSON.stringify(stored.settings[name] ?? null),
  );
}

/** Whether another key or certificate is to be trusted than the confirmed one, or none: that needs a reason. */
export function replacesPin(
  fields: SettingsField[],
  stored: Destination,
  values: DestinationValues,
): boolean {
  return isPinReplaced(stored.settings, allSettings(fields, values));
}

/** What cannot be tried yet, by the name of the field. */
export function faultsOfTrial(fields: SettingsField[], values: DestinationValues): Record<string, string> {
  const empty = [
    ...missing(fields, values.settings),
    ...(values.givesSecrets ? missingSecrets(values).map((name) => `secret.${name}`) : []),
  ];
  return Object.fromEntries(empty.map((name) => [name, formMessages.required]));
}

/** What cannot be stored yet. */
export function faultsOf(
  fields: SettingsField[],
  values: DestinationValues,
  stored?: Destination,
): Record<string, string> {
  const faults = { ...faultsOfTrial(fields, values), ...faultsOfPolicy(values.policy) };
  if (values.name.trim() === "") faults["name"] = formMessages.required;
  if (stored && !values.givesSecrets && goesElsewhere(fields, stored, values)) {
    faults["credentials"] = destinationMessages.form.givenAgain;
  }
  if (stored && replacesPin(fields, stored, values) && values.reason.trim().length < SHORTEST_REASON) {
    faults["reason"] = formMessages.required;
  }
  const hadKey = stored === undefined || typeof stored.settings[HOST_KEY] === "string";
  if (values.kind === "sftp" && !values.hostKey && hadKey) {
    faults[HOST_KEY] = destinationMessages.form.unconfirmed;
  }
  return faults;
}

export function creationOf(fields: SettingsField[], values: DestinationValues): Schema<"DestinationCreate"> {
  return {
    name: values.name.trim(),
    kind: values.kind,
    environment: values.environment,
    settings: allSettings(fields, values),
    credentials: credentialsOf(values),
    response_folder: values.responseFolder.trim() || null,
    policy: policyOf(values.policy),
  };
}

/** Settings and policy are replaced as a whole; what signs in only where it is given. */
export function changeOf(
  fields: SettingsField[],
  values: DestinationValues,
  stored: Destination,
): Schema<"DestinationChange"> {
  return {
    name: values.name.trim(),
    environment: values.environment,
    settings: allSettings(fields, values),
    response_folder: values.responseFolder.trim(),
    policy: policyOf(values.policy),
    ...(values.givesSecrets ? { credentials: credentialsOf(values) } : {}),
    ...(replacesPin(fields, stored, values) ? { reason: values.reason.trim() } : {}),
  };
}
