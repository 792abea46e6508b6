/** The first rows of the query, as a run would read them. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { DateField, ErrorState } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { previewRows } from "./api";
import { valuesOf } from "./parameterValues";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { PreviewTable } from "./PreviewTable";
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
      {preview.data && (
        <PreviewTable
          label={text.previewTitle}
          none={text.previewNone}
          columns={preview.data.columns}
          rows={preview.data.rows}
        />
      )}
    </Stack>
  );
}
