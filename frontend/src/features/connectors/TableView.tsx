/** Columns and first rows of a table of a source. */
import { Text } from "@mantine/core";
import { CopyButton, DataTable, ErrorState, formatList, Panel, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "@/api/types";
import { columnsQuery, connectorKeys, PREVIEW_ROWS, previewTable, type TableColumn } from "./api";
import { connectorMessages } from "./messages";
import { previewSql } from "./previewSql";

type Preview = Schema<"PreviewAnswer">;

const text = connectorMessages.browse;

const columns: Column<TableColumn>[] = [
  { key: "name", header: text.column, cell: (one) => <span className="or-mono">{one.name}</span> },
  {
    key: "type",
    header: text.type,
    cell: (one) =>
      one.type === null ? (
        <span title={one.reason ?? undefined}>
          <StatusBadge tone="warning">{text.needsCast}</StatusBadge> {one.reason}
        </span>
      ) : (
        <span className="or-mono">{one.type}</span>
      ),
  },
  { key: "native", header: text.native, cell: (one) => <span className="or-mono">{one.native_type}</span> },
];

interface TableViewProps {
  connectorId: string;
  dialect: string;
  schema: string;
  table: string;
}

export function TableView({ connectorId, dialect, schema, table }: TableViewProps) {
  const query = useQuery(columnsQuery(connectorId, schema, table));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const found = query.data?.items;
  return (
    <>
      <Panel title={text.table(schema, table)}>
        <DataTable label={text.columns} columns={columns} rows={found} rowKey={(one) => one.name} />
      </Panel>
      {found && (
        <FirstRows
          connectorId={connectorId}
          dialect={dialect}
          schema={schema}
          table={table}
          columns={found}
        />
      )}
    </>
  );
}

function FirstRows({
  connectorId,
  dialect,
  schema,
  table,
  columns: known,
}: TableViewProps & { columns: TableColumn[] }) {
  const sql = previewSql(dialect, schema, table, known);
  const leftOut = known.filter((one) => one.type === null).map((one) => one.name);
  const query = useQuery({
    queryKey: [...connectorKeys.one(connectorId), "preview", sql],
    queryFn: () => previewTable(connectorId, sql ?? ""),
    enabled: sql !== null,
    // A preview is a query in somebody's database: it is not repeated unasked.
    staleTime: Infinity,
  });
  return (
    <Panel
      title={text.preview(PREVIEW_ROWS)}
      aside={sql !== null && <CopyButton value={sql} label={text.copyQuery} />}
    >
      {sql === null && <Text c="dimmed">{text.nothingToShow}</Text>}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.rows.length === 0 && <Text c="dimmed">{text.noRows}</Text>}
      {sql !== null && !query.isError && query.data?.rows.length !== 0 && (
        <DataTable
          label={text.preview(PREVIEW_ROWS)}
          columns={previewColumns(query.data, known)}
          rows={query.data?.rows.map((cells, index) => ({ index, cells }))}
          rowKey={(row) => String(row.index)}
        />
      )}
      {leftOut.length > 0 && (
        <Text size="xs" c="dimmed" pt="xs">
          {text.leftOut(formatList(leftOut))}
        </Text>
      )}
    </Panel>
  );
}

interface PreviewRow {
  index: number;
  cells: Preview["rows"][number];
}

function previewColumns(preview: Preview | undefined, known: TableColumn[]): Column<PreviewRow>[] {
  const shown = preview?.columns ?? known.filter((one) => one.type !== null);
  return shown.map((column, place) => ({
    key: column.name,
    header: column.name,
    isNumber: /^(integer|decimal|double)/.test(column.type ?? ""),
    cell: ({ cells }) => {
      const value = cells[place];
      return value === null || value === undefined ? (
        <Text span size="xs" c="dimmed">
          {text.null}
        </Text>
      ) : (
        <span className="or-number">{String(value)}</span>
      );
    },
  }));
}
