/** Every text about rows that source files put aside. */
import { formatNumber, plural } from "@openreg/ui";

export const quarantineMessages = {
  title: (count: number) => `Put aside: ${plural(count, { one: "# row", other: "# rows" })} of source files`,
  hint: "These rows are not as their table declares. They are in no file of this run; correct them and run again.",
  table: (name: string, read: number, taken: number, aside: number) =>
    `${name}: ${formatNumber(read)} rows read, ${formatNumber(taken)} taken, ${formatNumber(aside)} put aside.`,
  masked: "The text of the rows may be personal data and is masked for you.",
  rows: "Rows put aside",
  download: "Download all",
  place: "Line",
  column: "Column",
  reason: "Reason",
  raw: "Row",
} as const;
