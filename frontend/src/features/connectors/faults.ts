/** What cannot be sent yet. The server looks at everything else. */
import { formMessages } from "@/forms/messages";
import { missing, type SettingsField } from "@/forms/settingsFields";
import type { ConnectorValues } from "./ConnectorFields";
import { missingOfTunnel, missingToSignIn } from "./signIn";

interface Needs {
  needsName: boolean;
  needsCredentials: boolean;
}

export function faultsOf(
  fields: SettingsField[],
  values: ConnectorValues,
  needs: Needs,
): Record<string, string> {
  const empty = missing(fields, values.settings);
  if (needs.needsName && values.name.trim() === "") empty.push("name");
  empty.push(...missingOfTunnel(values.tunnel));
  if (needs.needsCredentials) empty.push(...missingToSignIn(values));
  return Object.fromEntries(empty.map((name) => [name, formMessages.required]));
}
