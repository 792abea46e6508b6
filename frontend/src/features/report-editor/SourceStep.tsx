/** Where the rows come from: pack, connector, query, parameters, filter. */
import { Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useMay } from "@/features/account/api";
import { packsQuery } from "@/features/reports/api";
import { connectorsQuery } from "./api";
import type { CodeHandle } from "./code/CodeEditor";
import { SqlInput } from "./code/SqlInput";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { InputsSection } from "./InputsSection";
import { editorMessages } from "./messages";
import { ParametersTable } from "./ParametersTable";
import { faultText } from "./places";
import { RowsPreview } from "./RowsPreview";
import { SchemaBrowser } from "./SchemaBrowser";
import { useSource } from "./useSource";
import { useSqlSchema } from "./useSqlSchema";
import { useExpressionCompletions, useFaultsAt } from "./useExpressions";

const text = editorMessages.source;

export function SourceStep() {
  const { document, change, changeSource } = useEditor();
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const { source } = document;
  const query = useRef<CodeHandle>(null);
  const completions = useExpressionCompletions();
  const queryFaults = useFaultsAt("/source/query");
  const filterFaults = useFaultsAt("/filter");
  const names = useSqlSchema(source.connector_id, source.query);
  const { dialect } = useSource(source.connector_id);
  return (
    <Stack gap="lg">
      <div className={styles.pair}>
        <Select
          label={text.pack}
          description={text.packHint}
          data={[
            { value: "", label: text.packNone },
            ...packs.map((pack) => ({ value: pack.id, label: pack.title })),
          ]}
          value={document.pack ?? ""}
          onChange={(pack) => change({ pack: pack || null })}
        />
        <ConnectorSelect />
      </div>
      <div className={styles.withBrowser}>
        <Stack gap="lg" miw={0}>
          <SqlInput
            label={text.query}
            description={text.queryHint}
            errors={queryFaults.map(faultText)}
            minHeight={240}
            hasLineNumbers
            dialect={dialect}
            {...names}
            handle={query}
            value={source.query}
            onChange={(sql) => changeSource({ query: sql })}
          />
          <RowsPreview />
        </Stack>
        <SchemaBrowser
          onInsert={(name) => query.current?.insert(name)}
          onStart={(sql) => changeSource({ query: sql })}
        />
      </div>
      <InputsSection />
      <ParametersTable />
      <SqlInput
        label={text.filter}
        description={text.filterHint}
        errors={filterFaults.map(faultText)}
        completions={completions}
        value={document.filter ?? ""}
        onChange={(filter) => change({ filter })}
      />
    </Stack>
  );
}

function ConnectorSelect() {
  const { document, changeSource } = useEditor();
  const { source } = document;
  const mayRead = useMay("connectors:read");
  const connectors = useQuery({ ...connectorsQuery(), enabled: mayRead }).data?.items;
  const faults = useFaultsAt("/source/connector_id");
  return (
    <Select
      label={text.connector}
      description={connectors?.length === 0 ? text.connectorNone : text.connectorHint}
      placeholder={text.connectorChoose}
      searchable
      data={(connectors ?? []).map((one) => ({ value: one.id, label: one.name }))}
      value={source.connector_id ?? null}
      error={source.connector_id && faults[0] ? faultText(faults[0]) : undefined}
      onChange={(connector_id) => changeSource({ connector_id: connector_id ?? undefined })}
    />
  );
}
