/** Fields of a form from a declared description, so that another kind of connector needs data and no code. */

export interface SettingsField {
  name: string;
  type: "text" | "integer" | "choice" | "long_text" | "list" | "switch";
  isRequired: boolean;
  defaultValue: string | number | boolean | null;
  options?: string[];
  min?: number;
  max?: number;
}

export type SettingValue = string | number | boolean | string[] | null;
export type SettingValues = Record<string, SettingValue>;

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

/** Texts longer than this get a field of several lines. */
const LONG_TEXT = 5000;

/** The fields of a JSON Schema of settings, those that must be filled first. */
export function fieldsOf(schema: unknown): SettingsField[] {
  const { properties = {}, required = [], $defs = {} } = schema as JsonSchema;
  const fields = Object.entries(properties).map(([name, part]) =>
    fieldOf(name, { ...part, ...resolved(part, $defs) }, required.includes(name)),
  );
  return [...fields.filter((field) => field.isRequired), ...fields.filter((field) => !field.isRequired)];
}

function resolved(part: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const name = part.$ref?.split("/").at(-1);
  if (name) return definitions[name] ?? {};
  return part.anyOf?.find((one) => one.type !== "null") ?? {};
}

function fieldOf(name: string, part: JsonSchema, isRequired: boolean): SettingsField {
  const isPlain = ["string", "number", "boolean"].includes(typeof part.default);
  const field: SettingsField = {
    name,
    type: "text",
    isRequired,
    defaultValue: isPlain ? (part.default as string | number | boolean) : null,
  };
  if (part.enum) return { ...field, type: "choice", options: part.enum.map(String) };
  if (part.type === "integer") {
    return {
      ...field,
      type: "integer",
      ...(part.minimum === undefined ? {} : { min: part.minimum }),
      ...(part.maximum === undefined ? {} : { max: part.maximum }),
    };
  }
  if (part.type === "boolean") return { ...field, type: "switch" };
  if (part.type === "array") return { ...field, type: "list" };
  return (part.maxLength ?? 0) > LONG_TEXT ? { ...field, type: "long_text" } : field;
}

/** What is sent: what was left empty is left out, so that the default of the server holds. */
export function settingsOf(fields: SettingsField[], values: SettingValues): SettingValues {
  const filled = fields
    .map(({ name }) => [name, values[name]] as const)
    .filter(([, value]) => value !== undefined && value !== null && value !== "" && !isEmptyList(value));
  return Object.fromEntries(filled) as SettingValues;
}

/** Names of fields that must be filled and are not. */
export function missing(fields: SettingsField[], values: SettingValues): string[] {
  const sent = settingsOf(fields, values);
  return fields.filter((field) => field.isRequired && !(field.name in sent)).map((field) => field.name);
}

function isEmptyList(value: SettingValue | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}
