/** What a file will be called, for a name with tokens. */
import { blankDocument, type ReportOutput } from "./document";

export const fileNameTokens = ["report", "reporting_date", "sequence", "file_number", "version"] as const;

export function exampleName(output: ReportOutput, report: string, reportingDate: string): string {
  const values: Record<string, string> = {
    report,
    reporting_date: reportingDate,
    sequence: "1",
    file_number: "1",
    version: "1.0",
  };
  const stem = output.file_name.replace(/\{([a-z_]+)\}/g, (whole, token: string) => values[token] ?? whole);
  return `${stem}.${output.packaging === "zip" ? "zip" : output.format}`;
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
export function withNumber(output: ReportOutput, max_records: number | null): ReportOutput {
  const needsNumber = max_records !== null && !output.file_name.includes("{file_number}");
  return {
    ...output,
    max_records,
    file_name: needsNumber ? `${output.file_name}_{file_number}` : output.file_name,
  };
}
