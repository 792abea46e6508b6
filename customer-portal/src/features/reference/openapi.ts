/** The service's own description, as far as a person needs it to make a call. */

export interface JsonSchema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  example?: unknown;
  description?: string;
  title?: string;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
}

interface Content {
  schema?: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  deprecated?: boolean;
  schema?: JsonSchema;
  example?: unknown;
}

interface RawOperation {
  summary?: string;
  description?: string;
  tags?: string[];
  deprecated?: boolean;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, Content>; required?: boolean };
  responses?: Record<string, { description?: string; content?: Record<string, Content> }>;
}

export interface OpenApi {
  paths: Record<string, Partial<Record<string, RawOperation>>>;
  components?: { schemas?: Record<string, JsonSchema> };
}

export interface Operation extends RawOperation {
  id: string;
  method: string;
  path: string;
  group: string;
}

const PREFIX = "/external_api/v1/";
const SELF_SERVICE = "/external_api/v1/customers";
const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 6;

/** What can be called with a key, in the order of the description; the portal's own calls are left out. */
export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith(PREFIX) && !`${path}/`.startsWith(`${SELF_SERVICE}/`))
    .flatMap(([path, methods]) =>
      METHODS.flatMap((method) => {
        const operation = methods[method];
        if (!operation) return [];
        const group = operation.tags?.[0] ?? "general";
        return [{ ...operation, id: `${method} ${path}`, method: method.toUpperCase(), path, group }];
      }),
    );
}

/** Parameters that a person fills in; those that the page sends by itself are left out. */
export function parametersOf(operation: Operation): Parameter[] {
  return (operation.parameters ?? []).filter(
    ({ name, in: place }) => place !== "cookie" && name.toLowerCase() !== "authorization",
  );
}

export type Values = Record<string, string | string[]>;

/** Names of parameters that must be filled and are not. */
export function missingOf(operation: Operation, values: Values): string[] {
  return parametersOf(operation)
    .filter(({ name, required }) => required && !isFilled(values[name]))
    .map(({ name }) => name);
}

/** The address with what was filled in, without the origin. */
export function pathOf(operation: Operation, values: Values): string {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const { name, in: place } of parametersOf(operation)) {
    const value = values[name];
    if (!isFilled(value)) continue;
    const several = Array.isArray(value) ? value : [value];
    if (place === "path") path = path.replace(`{${name}}`, several.map(encodeURIComponent).join(","));
    if (place === "query") for (const one of several) query.append(name, one);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Headers that were filled in. */
export function headersOf(operation: Operation, values: Values): Record<string, string> {
  return Object.fromEntries(
    parametersOf(operation)
      .filter(({ name, in: place }) => place === "header" && isFilled(values[name]))
      .map(({ name }) => [name, String(values[name])]),
  );
}

function isFilled(value: string | string[] | undefined): value is string | string[] {
  return value !== undefined && value.length > 0;
}

/** The schema itself, whatever it is referred to as; of several, the one that is not null. */
export function resolved(schema: JsonSchema | undefined, document: OpenApi): JsonSchema {
  if (!schema) return {};
  const name = schema.$ref?.split("/").at(-1);
  if (name) return resolved(document.components?.schemas?.[name], document);
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  const one = several?.find(({ type }) => type !== "null");
  return one
    ? { ...resolved(one, document), ...(schema.description ? { description: schema.description } : {}) }
    : schema;
}

/** A value as the schema describes it: its own example where it has one. */
export function exampleOf(schema: JsonSchema | undefined, document: OpenApi, depth = 0): unknown {
  const own = schema?.example ?? schema?.examples?.[0];
  if (own !== undefined) return own;
  const one = resolved(schema, document);
  const given = one.example ?? one.examples?.[0] ?? one.const ?? one.enum?.[0] ?? one.default;
  if (given !== undefined && given !== null) return given;
  if (depth > DEEPEST) return null;
  if (one.properties)
    return Object.fromEntries(
      Object.entries(one.properties).map(([name, part]) => [name, exampleOf(part, document, depth + 1)]),
    );
  if (one.type === "array") return one.items ? [exampleOf(one.items, document, depth + 1)] : [];
  return PLAIN[one.format ?? ""] ?? PLAIN[one.type ?? ""] ?? null;
}

const PLAIN: Record<string, unknown> = {
  string: "text",
  integer: 1,
  number: 1,
  boolean: true,
  object: {},
  uuid: "019ac5b2-7c1e-7000-8000-000000000001",
  date: "2026-11-28",
  "date-time": "2026-11-28T09:00:00Z",
  uri: "https://example.com/",
};

/** The content of a JSON answer or body, or undefined where there is none. */
export function exampleOfContent(content: Record<string, Content> | undefined, document: OpenApi): unknown {
  const json = Object.entries(content ?? {}).find(([type]) => type.includes("json"))?.[1];
  if (!json) return undefined;
  return json.example ?? Object.values(json.examples ?? {})[0]?.value ?? exampleOf(json.schema, document);
}
