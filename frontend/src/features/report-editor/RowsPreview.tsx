/** The first rows of the query, as a run would read them. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { DataTable, DateField, ErrorState } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { previewRows } from "./api";
import { valuesOf } from "./parameterValues";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { ExplainButton, QueryPlan, useQueryPlan } from "./QueryPlan";

const text = editorMessages.source;

export function RowsPreview() {
  const { document, reportingDate, setReportingDate } = useEditor();
  const { source } = document;
  const mayQuery = useMay("connectors:query");
  const parameters = valuesOf(source.parameters, { reporting_date: reportingDate });
  const preview = useMutation({
    mutationFn: () => previewRows(source.connector_id ?? "", source.query, parameters),
  });
  const plan = useQueryPlan({
    connectorId: source.connector_id,
    query: source.query,
    parameters,
  });
  const isReady = Boolean(source.connector_id && source.query.trim());
  const columns = preview.data?.columns ?? [];
  const rows = preview.data?.rows.map((values, number) => ({ number, values }));
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <DateField label={text.reportingDate} required value={reportingDate} onChange={setReportingDate} />
        <Button
          variant="default"
          disabled={!isReady || !mayQuery}
          loading={preview.isPending}
          onClick={() => preview.mutate()}
        >
          {text.preview}
        </Button>
        {plan.isOffered && <ExplainButton plan={plan} isDisabled={!isReady || !mayQuery} />}
        {!mayQuery && <Text c="dimmed">{text.mayNotBrowse}</Text>}
        {mayQuery && !isReady && <Text c="dimmed">{text.previewFirst}</Text>}
      </Group>
      <QueryPlan answer={plan.answer} />
      {preview.isError && <ErrorState error={preview.error} />}
      {rows?.length === 0 && <Text c="dimmed">{text.previewNone}</Text>}
      {rows && rows.length > 0 && (
        <DataTable
          label={text.previewTitle}
          rows={rows}
          rowKey={(row) => String(row.number)}
          columns={columns.map((column, index) => ({
            key: column.name,
            header: column.name,
            isNumber: /^(integer|decimal|double)/.test(column.type),
            cell: (row: PreviewRow) => cellText(row.values[index]),
          }))}
        />
      )}
    </Stack>
  );
}

interface PreviewRow {
  number: number;
  values: unknown[];
}

function cellText(value: unknown): string {
  return value === null || value === undefined ? "–" : String(value);
}
