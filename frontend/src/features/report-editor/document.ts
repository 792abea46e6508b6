/**
 * The report document as the editor holds it.
 *
 * Drafts are free JSON at the API, because they may be unfinished. What can be read is read, what cannot takes its
 * default, and parts that this editor does not know stay as they are.
 */
import { z } from "@openreg/ui";
import { phases, scopes, severities } from "@/features/rules/words";

export const parameterTypes = ["text", "integer", "decimal", "boolean", "date", "timestamp"] as const;
export const formats = ["xml", "csv", "json", "ndjson", "fixed_width", "xlsx", "parquet"] as const;
export const packagings = ["none", "zip", "gzip"] as const;
export const encodings = ["utf-8", "utf-8-sig", "utf-16", "latin-1", "windows-1252", "ascii"] as const;
export const lineEnds = ["crlf", "lf"] as const;
export const decimalSigns = [".", ","] as const;
export const quotings = ["necessary", "always", "never"] as const;
export const numberForms = ["text", "number"] as const;
export const alignments = ["left", "right"] as const;
export const onEmptyPolicies = ["no_file", "nil_report", "fail"] as const;
export const routeRoles = ["submission", "copy"] as const;
export const approvals = ["none", "four_eyes"] as const;
export const onPartialPolicies = ["hold", "deliver"] as const;

export const onReleasePolicies = ["wait", "report"] as const;
export const decisionKinds = ["report", "exclude", "hold"] as const;

export const missingPolicies = ["null", "finding", "fail"] as const;

const text = z.string().catch("");

const parameter = z.looseObject({
  type: z.enum(parameterTypes).catch("text"),
  default: z.unknown().optional(),
  required: z.boolean().catch(false),
});

const rule = z.looseObject({
  id: text,
  title: text,
  phase: z.enum(phases).catch("target"),
  severity: z.enum(severities).catch("correctable"),
  scope: z.enum(scopes).catch("record"),
  expression: text,
  message: text,
  citation: z.string().nullish().catch(null),
});

const decision = z.looseObject({
  when: text,
  decision: z.enum(decisionKinds).catch("exclude"),
  code: text,
  reason: text,
});

const lineOptions = {
  encoding: z.enum(encodings).optional().catch(undefined),
  line_end: z.enum(lineEnds).optional().catch(undefined),
  decimal_sign: z.enum(decimalSigns).optional().catch(undefined),
  header_lines: z.array(z.string()).optional().catch(undefined),
  footer_lines: z.array(z.string()).optional().catch(undefined),
};

const csv = z.looseObject({
  ...lineOptions,
  separator: z.string().optional().catch(undefined),
  quoting: z.enum(quotings).optional().catch(undefined),
  header: z.boolean().optional().catch(undefined),
  escape_formulas: z.boolean().optional().catch(undefined),
});

const fixedColumn = z.looseObject({
  field: text,
  start: z.number().int().catch(1),
  length: z.number().int().catch(1),
  align: z.enum(alignments).optional().catch(undefined),
  padding: z.string().optional().catch(undefined),
});

const fixedWidth = z.looseObject({
  ...lineOptions,
  columns: z.array(fixedColumn).catch([]),
  record_length: z.number().int().optional().catch(undefined),
});

const xml = z.looseObject({
  schema_package_id: text,
  record: text,
  elements: z.record(z.string(), text).optional().catch(undefined),
  fields: z.record(z.string(), text).catch({}),
});

const output = z.looseObject({
  name: z.string().optional().catch(undefined),
  format: z.enum(formats).catch("csv"),
  packaging: z.enum(packagings).catch("none"),
  file_name: z.string().catch("{report}_{reporting_date}_{sequence}"),
  max_records: z.number().int().nullish().catch(null),
  max_bytes: z.number().int().optional().catch(undefined),
  csv: csv.optional().catch(undefined),
  fixed_width: fixedWidth.optional().catch(undefined),
  decimals: z.enum(numberForms).optional().catch(undefined),
  xml: xml.optional().catch(undefined),
});

const routeCondition = z.looseObject({
  environment: z.enum(["test", "production"]).optional().catch(undefined),
  file_name: z.string().optional().catch(undefined),
  part: z.number().int().optional().catch(undefined),
  records: z.enum(["some", "none"]).optional().catch(undefined),
});

/** Older documents list identifiers of destinations: every file goes there, and is the submission. */
const route = z.preprocess(
  (raw) => (typeof raw === "string" ? { destination_id: raw } : raw),
  z.looseObject({
    destination_id: text,
    role: z.enum(routeRoles).catch("submission"),
    outputs: z.array(z.string()).optional().catch(undefined),
    when: routeCondition.optional().catch(undefined),
  }),
);

const submission = z.looseObject({ approval: z.enum(approvals).catch("none") });

const source = z.looseObject({
  connector_id: z.string().optional().catch(undefined),
  query: text,
  parameters: z.record(z.string(), parameter).catch({}),
});

const input = z.looseObject({
  connector_id: z.string().optional().catch(undefined),
  query: text,
  key: z.array(z.string()).catch([]),
  missing: z.enum(missingPolicies).catch("null"),
});

/** Items that cannot be read at all are left out; a list that is none is empty. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.flatMap((one) => {
        const read = item.safeParse(one);
        return read.success ? [read.data] : [];
      }),
    );

const reportDocument = z.looseObject({
  schema_version: z.literal(1).catch(1),
  pack: z.string().nullable().catch(null),
  source: source.catch({ query: "", parameters: {} }),
  inputs: z.record(z.string(), input).optional().catch(undefined),
  join: z.string().nullish().catch(null),
  filter: z.string().nullish().catch(null),
  eligibility: listOf(decision).optional(),
  on_release: z.enum(onReleasePolicies).optional().catch(undefined),
  fields: z.record(z.string(), text).catch({}),
  rule_sets: listOf(z.string()).optional(),
  rules: listOf(rule),
  outputs: listOf(output),
  envelope: z.record(z.string(), text).catch({}),
  record_key: listOf(z.string()),
  on_empty: z.enum(onEmptyPolicies).catch("no_file"),
  on_partial: z.enum(onPartialPolicies).catch("hold"),
  deliver_to: listOf(route),
  submission: submission.optional().catch(undefined),
});

export type ReportDocument = z.infer<typeof reportDocument>;
export type ReportRule = z.infer<typeof rule>;
export type ReportDecision = z.infer<typeof decision>;
export type ReportRoute = z.infer<typeof route>;
export type ReportOutput = z.infer<typeof output>;
export type LineOptions = Pick<
  z.infer<typeof csv>,
  "encoding" | "line_end" | "decimal_sign" | "header_lines" | "footer_lines"
>;
export type CsvOptions = z.infer<typeof csv>;
export type XmlOptions = z.infer<typeof xml>;
export type FixedColumn = z.infer<typeof fixedColumn>;
export type FixedWidthOptions = z.infer<typeof fixedWidth>;
export type OutputFormat = ReportOutput["format"];
export type ReportInput = z.infer<typeof input>;
export type ReportParameter = z.infer<typeof parameter>;
/** A JSON object, as the API takes documents. */
export type JsonObject = Record<string, never>;

export function readDocument(raw: unknown): ReportDocument {
  return reportDocument.parse(typeof raw === "object" && raw !== null && !Array.isArray(raw) ? raw : {});
}

export function blankDocument(): ReportDocument {
  return readDocument({ outputs: [{}] });
}

/** What is sent: an empty choice is left out, so that the check says "choose one" and not "this is no id". */
export function toJson(document: ReportDocument): JsonObject {
  const {
    source: from,
    filter,
    inputs,
    join,
    eligibility = [],
    rule_sets = [],
    on_release,
    deliver_to,
    submission: terms,
    ...rest
  } = document;
  const further = Object.entries(inputs ?? {}).map(([name, one]) => [name, chosen(one)]);
  const json = {
    ...rest,
    source: chosen(from),
    ...(further.length > 0 ? { inputs: Object.fromEntries(further) } : {}),
    ...(join?.trim() ? { join } : {}),
    filter: filter?.trim() ? filter : null,
    ...(eligibility.length > 0 ? { eligibility } : {}),
    ...(rule_sets.length > 0 ? { rule_sets } : {}),
    ...(on_release === "report" ? { on_release } : {}),
    deliver_to: deliver_to.map(writtenRoute),
    ...(terms && !isSame(terms, { approval: "none" }) ? { submission: terms } : {}),
  };
  return json as unknown as JsonObject;
}

function chosen<T extends { connector_id?: string | undefined }>({ connector_id, ...other }: T) {
  return connector_id ? { connector_id, ...other } : other;
}

function writtenRoute({ destination_id, outputs = [], when, ...other }: ReportRoute) {
  return {
    ...(destination_id ? { destination_id } : {}),
    ...other,
    ...(outputs.length > 0 ? { outputs } : {}),
    ...(when && Object.values(when).some((value) => value !== undefined) ? { when } : {}),
  };
}

/** Whether both say the same: the order of names counts for fields only, and nothing said is the same as null. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

export function isSameDocument(one: ReportDocument, other: ReportDocument): boolean {
  const names = (document: ReportDocument) => Object.keys(document.fields);
  return isSame(one, other) && isSame(names(one), names(other));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? null;
  const said = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  said.sort(([first], [second]) => (first < second ? -1 : 1));
  return Object.fromEntries(said.map(([name, part]) => [name, plain(part)]));
}
