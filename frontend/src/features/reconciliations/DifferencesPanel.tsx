/** What differs, kind by kind and field by field; several at once are explained or corrected. */
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  DataTable,
  EmptyState,
  ErrorState,
  FilterBar,
  Panel,
  SearchFilter,
  showProblem,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import {
  differenceKinds,
  differencesQuery,
  differenceStates,
  explainDifferences,
  reconciliationKeys,
  type Difference,
  type DifferenceFilters,
  type ReconciliationDetail,
} from "./api";
import { ExceptionDialog, ExplainDialog } from "./DifferenceDialogs";
import { reconciliationMessages } from "./messages";
import { DifferenceStateBadge } from "./ReconciliationBadges";

const text = reconciliationMessages.differences;

const columns: Column<Difference>[] = [
  { key: "record", header: text.record, cell: (one) => <Record one={one} /> },
  { key: "kind", header: text.kind, cell: (one) => reconciliationMessages.kinds[one.kind] },
  { key: "standing", header: text.standing, cell: (one) => reconciliationMessages.standings[one.standing] },
  { key: "field", header: text.field, cell: (one) => one.field },
  { key: "ours", header: text.ours, cell: (one) => <Value one={one} value={one.ours} /> },
  { key: "theirs", header: text.theirs, cell: (one) => <Value one={one} value={one.theirs} /> },
  {
    key: "state",
    header: text.state,
    cell: (one) => (
      <span title={one.comment ?? undefined}>
        <DifferenceStateBadge state={one.state} />
      </span>
    ),
  },
  {
    key: "exception",
    header: text.exception,
    cell: (one) =>
      one.exception_id && (
        <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: one.exception_id }}>
          {text.open}
        </AppLink>
      ),
  },
];

export function DifferencesPanel({ one }: { one: ReconciliationDetail }) {
  const [filters, setFilters] = useState<DifferenceFilters>({});
  const [cursor, setCursor] = useState<string>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = useQuery(differencesQuery(one.id, filters, cursor));
  const next = query.data?.next_cursor ?? undefined;
  const turn = (to: string | undefined) => {
    setCursor(to);
    setSelected(new Set());
  };
  const filter = (changes: DifferenceFilters) => {
    setFilters({ ...filters, ...changes });
    turn(undefined);
  };
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {text.kept(one.kept_count, one.counts.differences)}
        </Text>
        <FilterBar isFiltered={Object.values(filters).some(Boolean)} onClear={() => filter(NOTHING)}>
          <SearchFilter label={text.search} value={filters.q} onChange={(q) => filter({ q })} />
          <ChoiceFilter
            label={text.kind}
            any={text.anyKind}
            choices={choicesOf(differenceKinds, reconciliationMessages.kinds)}
            value={filters.kind}
            onChange={(kind) => filter({ kind })}
          />
          <ChoiceFilter
            label={text.field}
            any={text.anyField}
            choices={one.by_field.map(({ field }) => ({ value: field, label: field }))}
            value={filters.field}
            onChange={(field) => filter({ field })}
            isSearchable
          />
          <ChoiceFilter
            label={text.state}
            any={text.anyState}
            choices={choicesOf(differenceStates, reconciliationMessages.differenceStates)}
            value={filters.state}
            onChange={(state) => filter({ state })}
          />
        </FilterBar>
        <Work id={one.id} selected={selected} onDone={() => setSelected(new Set())} />
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton height={120} />}
        {query.data?.items.length === 0 && <EmptyState title={text.none}>{text.noneHint}</EmptyState>}
        {query.data && query.data.items.length > 0 && (
          <DataTable
            label={text.title}
            columns={columns}
            rows={query.data.items}
            rowKey={(row) => String(row.position)}
            rowName={(row) => [row.record_key, row.field].filter(Boolean).join(" ")}
            isFetching={query.isFetching}
            selection={{ selected, onChange: setSelected }}
          />
        )}
        <Group gap="sm">
          {cursor && (
            <Button variant="default" onClick={() => turn(undefined)}>
              {text.first}
            </Button>
          )}
          {next && (
            <Button variant="default" onClick={() => turn(next)}>
              {text.next}
            </Button>
          )}
        </Group>
      </Stack>
    </Panel>
  );
}

const NOTHING: DifferenceFilters = { q: undefined, kind: undefined, field: undefined, state: undefined };

interface WorkProps {
  id: string;
  selected: ReadonlySet<string>;
  onDone: () => void;
}

function Work({ id, selected, onDone }: WorkProps) {
  const [dialog, setDialog] = useState<"explain" | "exceptions">();
  const mayWrite = useMay("reconciliations:write");
  const mayCorrect = useMay("exceptions:work");
  const queries = useQueryClient();
  const positions = [...selected].map(Number);
  const done = () => {
    void queries.invalidateQueries({ queryKey: reconciliationKeys.one(id) });
    setDialog(undefined);
    onDone();
  };
  const reopening = useMutation({
    mutationFn: () => explainDifferences(id, positions, null),
    onSuccess: done,
    onError: showProblem,
  });
  if (!mayWrite && !mayCorrect) return null;
  return (
    <Group gap="sm">
      <Text size="sm">{text.selected(selected.size)}</Text>
      {mayWrite && (
        <>
          <Button variant="default" disabled={!selected.size} onClick={() => setDialog("explain")}>
            {text.explain}
          </Button>
          <Button
            variant="default"
            disabled={!selected.size}
            loading={reopening.isPending}
            onClick={() => reopening.mutate()}
          >
            {text.reopen}
          </Button>
        </>
      )}
      {mayCorrect && (
        <Button variant="default" disabled={!selected.size} onClick={() => setDialog("exceptions")}>
          {text.toExceptions}
        </Button>
      )}
      {dialog === "explain" && (
        <ExplainDialog id={id} positions={positions} onDone={done} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "exceptions" && (
        <ExceptionDialog id={id} positions={positions} onDone={done} onClose={() => setDialog(undefined)} />
      )}
    </Group>
  );
}

function Record({ one }: { one: Difference }) {
  const key = <span className="or-mono">{one.record_key}</span>;
  if (!one.submission_id) return key;
  return (
    <AppLink to="/submissions/$submissionId" params={{ submissionId: one.submission_id }}>
      {key}
    </AppLink>
  );
}

function Value({ one, value }: { one: Difference; value: string | null }) {
  if (one.kind !== "different") return null;
  if (one.is_masked) return <Text c="dimmed">{text.hidden}</Text>;
  return value === null ? <Text c="dimmed">{text.nothing}</Text> : <span className="or-mono">{value}</span>;
}
