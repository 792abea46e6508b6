/** One further input: its name, where its rows come from, and what tells them apart. */
import { Button, Group, MultiSelect, Select, Text, TextInput } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { connectorsQuery, previewRows } from "./api";
import { SqlInput } from "./code/SqlInput";
import { missingPolicies, type ReportInput } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { inputMessages as text } from "./inputMessages";
import { nameFault } from "./inputNames";
import { valuesOf } from "./parameterValues";
import { faultText } from "./places";
import { PreviewTable } from "./PreviewTable";
import { RemoveButton } from "./RemoveButton";
import { useFaultsAt } from "./useExpressions";
import { useSource } from "./useSource";

interface InputCardProps {
  name: string;
  input: ReportInput;
  onChange: (changes: Partial<ReportInput>) => void;
  onRename: (name: string) => void;
  onRemove: () => void;
}

export function InputCard({ name, input, onChange, onRename, onRemove }: InputCardProps) {
  const { check } = useEditor();
  const { dialect } = useSource(input.connector_id);
  const pointer = `/inputs/${name}`;
  const queryFaults = useFaultsAt(`${pointer}/query`);
  const keyFaults = useFaultsAt(`${pointer}/key`);
  const columns = check?.tables[name];
  return (
    <section className={styles.card} aria-label={name}>
      <div className={styles.pair}>
        <NameInput key={name} name={name} onRename={onRename} />
        <ConnectorChoice name={name} input={input} onChange={onChange} />
      </div>
      <SqlInput
        label={text.query(name)}
        description={text.queryHint}
        errors={queryFaults.map(faultText)}
        minHeight={120}
        hasLineNumbers
        dialect={dialect}
        value={input.query}
        onChange={(query) => onChange({ query })}
      />
      <div className={styles.pair}>
        <MultiSelect
          label={text.key(name)}
          description={text.keyHint}
          placeholder={input.key.length === 0 ? text.keyNone : ""}
          data={[...new Set([...(columns ?? []).map((one) => one.name), ...input.key])]}
          value={input.key}
          error={keyFaults[0] && faultText(keyFaults[0])}
          onChange={(key) => onChange({ key })}
        />
        {input.key.length > 0 && (
          <Select
            label={text.missing(name)}
            data={missingPolicies.map((one) => ({ value: one, label: text.missingPolicies[one] }))}
            value={input.missing}
            onChange={(chosen) =>
              onChange({ missing: missingPolicies.find((one) => one === chosen) ?? "null" })
            }
          />
        )}
      </div>
      <ColumnChips label={text.columns(name)} columns={columns} />
      <InputPreview name={name} input={input} onRemove={onRemove} />
    </section>
  );
}

/** A name is given when it is left: every letter on the way would be a name of its own. */
function NameInput({ name, onRename }: { name: string; onRename: (name: string) => void }) {
  const { document } = useEditor();
  const [typed, setTyped] = useState(name);
  const fault = typed === name ? null : nameFault(typed, document.inputs ?? {});
  return (
    <TextInput
      label={text.name}
      aria-label={text.rename(name)}
      value={typed}
      error={fault && (fault === "taken" ? text.addTaken : text.addInvalid)}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => (fault || typed === name ? setTyped(name) : onRename(typed))}
    />
  );
}

function ConnectorChoice({ name, input, onChange }: Pick<InputCardProps, "name" | "input" | "onChange">) {
  const mayRead = useMay("connectors:read");
  const connectors = useQuery({ ...connectorsQuery(), enabled: mayRead }).data?.items;
  const [fault] = useFaultsAt(`/inputs/${name}/connector_id`);
  return (
    <Select
      label={text.connector(name)}
      searchable
      data={(connectors ?? []).map((one) => ({ value: one.id, label: one.name }))}
      value={input.connector_id ?? null}
      error={input.connector_id && fault ? faultText(fault) : undefined}
      onChange={(chosen) => onChange({ connector_id: chosen ?? undefined })}
    />
  );
}

interface ColumnChipsProps {
  label: string;
  columns: { name: string; type: string }[] | undefined;
}

function ColumnChips({ label, columns }: ColumnChipsProps) {
  if (!columns) return <Text c="dimmed">{text.noColumns}</Text>;
  return (
    <ul className={`${styles.chips} ${styles.plain}`} aria-label={label}>
      {columns.map((column) => (
        <li key={column.name} className={styles.chip}>
          {column.name} <span className={styles.type}>{column.type}</span>
        </li>
      ))}
    </ul>
  );
}

function InputPreview({ name, input, onRemove }: Pick<InputCardProps, "name" | "input" | "onRemove">) {
  const { document, reportingDate } = useEditor();
  const mayQuery = useMay("connectors:query");
  const preview = useMutation({
    mutationFn: () =>
      previewRows(
        input.connector_id ?? "",
        input.query,
        valuesOf(document.source.parameters, { reporting_date: reportingDate }),
      ),
  });
  return (
    <>
      <Group gap="sm" justify="space-between">
        <Button
          variant="default"
          disabled={!mayQuery || !input.connector_id || !input.query.trim()}
          loading={preview.isPending}
          onClick={() => preview.mutate()}
        >
          {text.preview(name)}
        </Button>
        <RemoveButton label={text.remove(name)} onClick={onRemove} />
      </Group>
      {preview.isError && <ErrorState error={preview.error} />}
      {preview.data && (
        <PreviewTable
          label={text.previewTitle(name)}
          none={text.previewNone}
          columns={preview.data.columns}
          rows={preview.data.rows}
        />
      )}
    </>
  );
}
