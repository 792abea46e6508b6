/** Entries as of a day and a version, and the way into editing them. */
import { Button, Group, Select } from "@mantine/core";
import {
  DataTable,
  DateField,
  EmptyState,
  ErrorState,
  FilterBar,
  SearchFilter,
  type Column,
} from "@openreg/ui";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { usePages } from "@/lists/usePages";
import { entriesQuery, versionsQuery, type Dataset, type Entry, type EntrySearch, type Noun } from "./api";
import { EntryGrid } from "./EntryGrid";
import { ExportMenu } from "./ExportMenu";
import { ImportDrawer } from "./ImportDrawer";
import { datasetMessages } from "./messages";

const text = datasetMessages.entries;

interface EntriesTabProps {
  dataset: Dataset;
  noun: Noun;
}

export function EntriesTab({ dataset, noun }: EntriesTabProps) {
  const [search, setSearch] = useState<EntrySearch>({});
  const pages = usePages();
  const [isEditing, setIsEditing] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const mayWrite = useMay(noun === "datasets" ? "datasets:write" : "mapping_sets:write");
  const query = useQuery(entriesQuery(noun, dataset.id, { ...search, cursor: pages.cursor }));
  const isFiltered = Object.values(search).some((one) => one !== undefined);
  const rows = query.data?.items;

  function filter(changes: EntrySearch) {
    setSearch({ ...search, ...changes });
    pages.onFirst();
  }

  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (isEditing && rows) {
    return <EntryGrid dataset={dataset} noun={noun} entries={rows} onDone={() => setIsEditing(false)} />;
  }
  const isNewest = search.version === undefined;
  const actions = (
    <Group gap="sm">
      <ExportMenu dataset={dataset} noun={noun} search={search} />
      {mayWrite && isNewest && (
        <>
          <Button
            variant="default"
            leftSection={<IconUpload size={14} aria-hidden />}
            onClick={() => setIsImporting(true)}
          >
            {datasetMessages.importing.open}
          </Button>
          <Button variant="default" disabled={!rows} onClick={() => setIsEditing(true)}>
            {datasetMessages.grid.edit}
          </Button>
        </>
      )}
    </Group>
  );
  return (
    <>
      <FilterBar
        isFiltered={isFiltered}
        onClear={() => filter({ q: undefined, as_of: undefined, version: undefined })}
        actions={actions}
      >
        <SearchFilter label={text.search} value={search.q} onChange={(q) => filter({ q })} />
        <DateField
          aria-label={text.asOf}
          title={text.asOf}
          value={search.as_of ?? ""}
          onChange={(day) => filter({ as_of: day || undefined })}
        />
        <VersionFilter
          dataset={dataset}
          noun={noun}
          value={search.version}
          onChange={(version) => filter({ version })}
        />
      </FilterBar>
      {rows?.length === 0 && !isFiltered ? (
        <EmptyState title={text.none}>{text.noneHint}</EmptyState>
      ) : (
        <DataTable
          label={text.label}
          columns={columnsOf(dataset)}
          rows={rows}
          rowKey={(one) => one.id}
          isFetching={query.isFetching}
          paging={{ ...pages, nextCursor: query.data?.next_cursor }}
        />
      )}
      {isImporting && <ImportDrawer dataset={dataset} noun={noun} onClose={() => setIsImporting(false)} />}
    </>
  );
}

interface VersionFilterProps extends EntriesTabProps {
  value: number | undefined;
  onChange: (version: number | undefined) => void;
}

function VersionFilter({ dataset, noun, value, onChange }: VersionFilterProps) {
  const versions = useQuery(versionsQuery(noun, dataset.id)).data?.items ?? [];
  const options = versions.map((one) => ({ value: String(one.number), label: text.numbered(one.number) }));
  return (
    <Select
      aria-label={text.version}
      data={[{ value: "", label: text.newest }, ...options]}
      allowDeselect={false}
      value={value === undefined ? "" : String(value)}
      onChange={(next) => onChange(next ? Number(next) : undefined)}
    />
  );
}

function columnsOf(dataset: Dataset): Column<Entry>[] {
  return [
    {
      key: "key",
      header: dataset.key_title && dataset.key_title !== "key" ? dataset.key_title : text.key,
      cell: (one) => <span className="or-mono">{one.key}</span>,
    },
    ...dataset.columns.map((column): Column<Entry> => ({
      key: `value ${column.name}`,
      header: column.title || column.name,
      cell: (one) => one.values[column.name],
      isNumber: column.type === "integer" || column.type === "decimal",
    })),
    { key: "from", header: text.from, cell: (one) => one.valid_from },
    { key: "to", header: text.to, cell: (one) => one.valid_to },
  ];
}
