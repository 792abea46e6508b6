/** The versions of a dataset, and what changed in one of them. */
import { Button, Stack, Text } from "@mantine/core";
import { DataTable, ErrorState, formatNumber, Moment, Panel, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePages } from "@/lists/usePages";
import {
  changesQuery,
  versionsQuery,
  type Dataset,
  type DatasetVersion,
  type EntryChange,
  type Noun,
} from "./api";
import { datasetMessages } from "./messages";

const text = datasetMessages.versions;

interface Of {
  dataset: Dataset;
  noun: Noun;
}

export function VersionsTab({ dataset, noun }: Of) {
  const query = useQuery(versionsQuery(noun, dataset.id));
  const [shown, setShown] = useState<number | null>(null);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <Text c="dimmed">{text.none}</Text>;
  const columns: Column<DatasetVersion>[] = [
    { key: "number", header: text.number, isNumber: true, cell: (one) => one.number },
    { key: "origin", header: text.origin, cell: (one) => text.origins[one.origin] },
    { key: "note", header: text.note, cell: (one) => one.note },
    { key: "entries", header: text.entries, isNumber: true, cell: (one) => formatNumber(one.entries) },
    {
      key: "changes",
      header: text.changes,
      cell: (one) => (
        <Button
          size="xs"
          variant="default"
          aria-label={text.show(one.number)}
          aria-expanded={shown === one.number}
          onClick={() => setShown(shown === one.number ? null : one.number)}
        >
          {text.counts(one.added, one.removed)}
        </Button>
      ),
    },
    { key: "by", header: text.by, cell: (one) => one.created_by_name },
    { key: "published", header: text.published, cell: (one) => <Moment at={one.published_at} /> },
  ];
  return (
    <Stack gap="lg">
      <DataTable
        label={text.label}
        columns={columns}
        rows={query.data?.items}
        rowKey={(one) => String(one.number)}
      />
      {shown !== null && <Changes dataset={dataset} noun={noun} number={shown} key={shown} />}
    </Stack>
  );
}

function Changes({ dataset, noun, number }: Of & { number: number }) {
  const pages = usePages();
  const query = useQuery(changesQuery(noun, dataset.id, number, pages.cursor));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Panel title={text.show(number)}>
      <DataTable
        label={text.show(number)}
        columns={changeColumns}
        rows={query.data?.items}
        rowKey={(one) => `${one.id} ${String(one.is_added)}`}
        isFetching={query.isFetching}
        paging={{ ...pages, nextCursor: query.data?.next_cursor }}
      />
    </Panel>
  );
}

const changeColumns: Column<EntryChange>[] = [
  {
    key: "change",
    header: text.change,
    cell: (one) => (
      <StatusBadge tone={one.is_added ? "success" : "off"}>
        {one.is_added ? text.added : text.gone}
      </StatusBadge>
    ),
  },
  { key: "key", header: text.entry, cell: (one) => <span className="or-mono">{one.key}</span> },
  { key: "period", header: text.period, cell: (one) => periodOf(one) },
  {
    key: "values",
    header: text.values,
    cell: (one) =>
      Object.entries(one.values)
        .map(([name, value]) => `${name}: ${value}`)
        .join(", "),
  },
];

function periodOf({ valid_from: from, valid_to: to }: EntryChange): string {
  const parts = [from ? text.from(from) : "", to ? text.to(to) : ""].filter(Boolean);
  return parts.join(" ") || text.always;
}
