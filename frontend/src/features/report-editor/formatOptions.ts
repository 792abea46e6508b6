/** Which formats have options of their own, and what shows them. */
import type { ComponentType } from "react";
import { CsvFields } from "./CsvFields";
import { DecimalsField } from "./DecimalsField";
import type { OutputFormat, ReportOutput } from "./document";
import { FixedWidthFields } from "./FixedWidthFields";
import { XmlFields } from "./XmlFields";

export interface FormatOptionsProps {
  output: ReportOutput;
  /** Where the output stands in the document. */
  pointer: string;
  onChange: (output: ReportOutput) => void;
}

export const formatOptions: Partial<Record<OutputFormat, ComponentType<FormatOptionsProps>>> = {
  csv: CsvFields,
  fixed_width: FixedWidthFields,
  json: DecimalsField,
  ndjson: DecimalsField,
  xlsx: DecimalsField,
  xml: XmlFields,
};
