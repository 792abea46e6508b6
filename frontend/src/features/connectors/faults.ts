/** What cannot be sent yet. The server looks at everything else. */
import { formMessages } from "@/forms/messages";
import { missing, type SettingsField } from "@/forms/settingsFields";
import type { ConnectorValues } from "./ConnectorFields";

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
  if (needs.needsCredentials && values.username === "") empty.push("username");
  if (needs.needsCredentials && values.password === "") empty.push("password");
  return Object.fromEntries(empty.map((name) => [name, formMessages.required]));
}
