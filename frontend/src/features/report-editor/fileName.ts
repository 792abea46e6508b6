/** What a file will be called, for a name with tokens. */
import { blankDocument, type ReportOutput } from "./document";

export const fileNameTokens = [
  "report",
  "reporting_date",
  "reporting_date_digits",
  "sequence",
  "file_number",
  "version",
  "created_date",
  "created_time",
] as const;

export function exampleName(output: ReportOutput, report: string, reportingDate: string): string {
  const values: Record<string, string> = {
    report,
    reporting_date: reportingDate,
    reporting_date_digits: reportingDate.replaceAll("-", ""),
    sequence: "1",
    file_number: "1",
    version: "1.0",
    created_date: reportingDate.replaceAll("-", ""),
    created_time: "063000",
  };
  const stem = output.file_name.replace(/\{([a-z_]+)\}/g, (whole, token: string) => values[token] ?? whole);
  return `${stem}.${extension(output)}`;
}

function extension({ format, packaging }: Pick<ReportOutput, "format" | "packaging">): string {
  const content = format === "fixed_width" ? "txt" : format;
  if (packaging === "zip") return "zip";
  return packaging === "gzip" ? `${content}.gz` : content;
}

/** Another file, under a name that none of the others has. */
export function nextOutput(outputs: readonly ReportOutput[]): ReportOutput {
  const [blank] = blankDocument().outputs;
  if (!blank) throw new Error("a blank document has a file");
  const taken = new Set(outputs.map((one) => one.file_name));
  const names = [blank.file_name, ...outputs.map((_, index) => `${blank.file_name}_${index + 2}`)];
  return { ...blank, file_name: names.find((name) => !taken.has(name)) ?? blank.file_name };
}

/** A file that is split needs its number in its name. */
export function withLimits(
  output: ReportOutput,
  limits: Partial<Record<"max_records" | "max_bytes", number | null>>,
): ReportOutput {
  const { max_bytes, ...changed } = { ...output, ...limits };
  const isSplit = Boolean(changed.max_records) || Boolean(max_bytes);
  return {
    ...changed,
    ...(max_bytes ? { max_bytes } : {}),
    file_name:
      isSplit && !output.file_name.includes("{file_number}")
        ? `${output.file_name}_{file_number}`
        : output.file_name,
  };
}
