/** What signs in, as it is typed: a secret that is stored here, or the name of one that the operator keeps. */
import type { Schema } from "@/api/types";

export type SecretPlace = "here" | "environment" | "file";
export const SECRET_PLACES: readonly SecretPlace[] = ["here", "environment", "file"];

/** A secret itself, or the name of one that is kept elsewhere. */
export interface SecretValue {
  place: SecretPlace;
  text: string;
}

export const NO_SECRET: SecretValue = { place: "here", text: "" };

/** The part of the settings of a server that leads there. */
interface TunnelSettings {
  host: string;
  port?: number;
  username: string;
  host_key_fingerprint?: string | null;
}

export type TunnelMethod = "private_key" | "password";

export interface TunnelValues {
  host: string;
  port: number | null;
  username: string;
  hostKey: string;
  method: TunnelMethod;
  secret: SecretValue;
  passphrase: string;
}

export const NO_TUNNEL: TunnelValues = {
  host: "",
  port: null,
  username: "",
  hostKey: "",
  method: "private_key",
  secret: NO_SECRET,
  passphrase: "",
};

export interface SignInValues {
  username: string;
  password: SecretValue;
  tunnel: TunnelValues | null;
}

export function credentialsOf({ username, password, tunnel }: SignInValues): Schema<"GivenCredentials"> {
  return {
    username,
    password: secretOf(password),
    ...(tunnel
      ? {
          tunnel: {
            [tunnel.method]: secretOf(tunnel.secret),
            ...(tunnel.method === "private_key" && tunnel.passphrase
              ? { passphrase: tunnel.passphrase }
              : {}),
          },
        }
      : {}),
  };
}

/** The part of the settings that leads through an SSH server. */
export function tunnelSettingsOf(tunnel: TunnelValues | null): { tunnel?: TunnelSettings } {
  if (!tunnel) return {};
  const { host, port, username, hostKey } = tunnel;
  return {
    tunnel: {
      host,
      username,
      ...(port === null ? {} : { port }),
      ...(hostKey === "" ? {} : { host_key_fingerprint: hostKey }),
    },
  };
}

/** The tunnel of stored settings; its secret is never shown. */
export function tunnelFrom(settings: Record<string, unknown>): TunnelValues | null {
  const stored = settings["tunnel"] as TunnelSettings | null | undefined;
  if (!stored) return null;
  return {
    ...NO_TUNNEL,
    host: stored.host,
    port: stored.port ?? null,
    username: stored.username,
    hostKey: stored.host_key_fingerprint ?? "",
  };
}

/** Names of what is missing to sign in. */
export function missingToSignIn({ username, password, tunnel }: SignInValues): string[] {
  const empty = { username, password: password.text, "tunnel.secret": tunnel ? tunnel.secret.text : "none" };
  return Object.entries(empty)
    .filter(([, value]) => value === "")
    .map(([name]) => name);
}

export function missingOfTunnel(tunnel: TunnelValues | null): string[] {
  if (!tunnel) return [];
  return (["host", "username"] as const)
    .filter((name) => tunnel[name] === "")
    .map((name) => `tunnel.${name}`);
}

/** Where a stored password is kept; the password itself is never shown. */
export function secretFrom(reference: Schema<"SecretReference"> | null): SecretValue {
  if (reference?.environment) return { place: "environment", text: reference.environment };
  return reference?.file ? { place: "file", text: reference.file } : NO_SECRET;
}

function secretOf({ place, text }: SecretValue): string | Schema<"SecretReference"> {
  return place === "here" ? text : { [place]: text };
}
