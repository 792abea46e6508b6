/** Rows of a query as they come. */
import { Text } from "@mantine/core";
import { DataTable } from "@openreg/ui";

interface PreviewTableProps {
  label: string;
  none: string;
  columns: { name: string; type?: string | undefined }[];
  rows: unknown[][];
}

interface PreviewRow {
  number: number;
  values: unknown[];
}

export function PreviewTable({ label, none, columns, rows }: PreviewTableProps) {
  if (rows.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <DataTable
      label={label}
      rows={rows.map((values, number) => ({ number, values }))}
      rowKey={(row) => String(row.number)}
      columns={columns.map((column, index) => ({
        key: column.name,
        header: column.name,
        isNumber: /^(integer|decimal|double)/.test(column.type ?? ""),
        cell: (row: PreviewRow) => cellText(row.values[index]),
      }))}
    />
  );
}

function cellText(value: unknown): string {
  return value === null || value === undefined ? "–" : String(value);
}
