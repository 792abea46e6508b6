/** Where an Oracle source is: a service or a SID at a host, or an alias whose entry says both. */
import { SettingsFields } from "@/forms/SettingsFields";
import type { PlaceProps } from "./ConnectorFields";
import { connectorMessages } from "./messages";

const text = connectorMessages.form;
const BY_HOST = ["naming", "host", "port", "database", "ssl_mode"];
const BY_ALIAS = ["naming", "tns_names", "database", "ssl_mode"];

/** Everything this part of the form may show, whatever the choice. */
export const ORACLE_PLACE = [...new Set([...BY_HOST, ...BY_ALIAS])];

export function OracleFields({ fields, labels, ...parts }: PlaceProps) {
  const naming = String(parts.values["naming"] ?? "service_name");
  const names = naming === "tns_alias" ? BY_ALIAS : BY_HOST;
  return (
    <SettingsFields
      {...parts}
      labels={{ ...labels, database: text.oracleDatabase[naming] ?? naming }}
      fields={names.flatMap((name) => fields.filter((field) => field.name === name))}
    />
  );
}
