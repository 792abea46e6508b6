/** The SQL over source and inputs, the columns that come out of it, and its first rows. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { useMay } from "@/features/account/api";
import { previewJoin } from "./api";
import { SqlInput } from "./code/SqlInput";
import { toJson } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { inputMessages as text } from "./inputMessages";
import { firstJoin, SOURCE, type Inputs } from "./inputNames";
import { valuesOf } from "./parameterValues";
import { faultText } from "./places";
import { PreviewTable } from "./PreviewTable";
import { useFaultsAt } from "./useExpressions";

const PREVIEW_ROWS = 20;

export function JoinEditor({ inputs }: { inputs: Inputs }) {
  const { document, change, check } = useEditor();
  const faults = useFaultsAt("/join");
  const schema = useMemo(
    () =>
      Object.fromEntries(
        [SOURCE, ...Object.keys(inputs)].map((name) => [
          name,
          (check?.tables[name] ?? []).map((column) => column.name),
        ]),
      ),
    [inputs, check],
  );
  const join = document.join ?? "";
  return (
    <Stack gap="sm">
      <SqlInput
        label={text.join}
        description={text.joinHint}
        errors={faults.map(faultText)}
        minHeight={120}
        hasLineNumbers
        schema={schema}
        value={join}
        onChange={(sql) => change({ join: sql })}
      />
      {!join.trim() && (
        <Group>
          <Button variant="default" onClick={() => change({ join: firstJoin(inputs) })}>
            {text.joinStart}
          </Button>
        </Group>
      )}
      {join.trim() && (
        <>
          <JoinColumns />
          <JoinPreview />
        </>
      )}
    </Stack>
  );
}

function JoinColumns() {
  const { check } = useEditor();
  const columns = check?.source_columns;
  if (!columns) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {text.joinColumns(columns.length)}
      </Text>
      <ul className={styles.plain} aria-label={text.joinColumnsLabel}>
        {columns.map((column) => (
          <li key={column.name} className={styles.origin}>
            <span className="or-mono">{column.name}</span>
            <span className={styles.type}>{column.type}</span>
            <span className={styles.type}>
              {column.origins.length > 0 ? text.from(column.origins.join(", ")) : text.computed}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function JoinPreview() {
  const { document, check, reportingDate } = useEditor();
  const mayQuery = useMay("connectors:query");
  const preview = useMutation({
    mutationFn: () =>
      previewJoin({
        document: toJson(document),
        reporting_date: reportingDate,
        parameters: valuesOf(document.source.parameters),
        limit: PREVIEW_ROWS,
      }),
  });
  const types = new Map((check?.source_columns ?? []).map((column) => [column.name, column.type]));
  return (
    <>
      <Group>
        <Button
          variant="default"
          disabled={!mayQuery}
          loading={preview.isPending}
          onClick={() => preview.mutate()}
        >
          {text.joinPreview}
        </Button>
      </Group>
      {preview.isError && <ErrorState error={preview.error} />}
      {preview.data && (
        <PreviewTable
          label={text.joinPreviewTitle}
          none={text.joinPreviewNone}
          columns={preview.data.columns.map((name) => ({ name, type: types.get(name) }))}
          rows={preview.data.rows}
        />
      )}
    </>
  );
}
