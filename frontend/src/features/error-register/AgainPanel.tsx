/** Days that are reported again from an entry, and how far each of them is. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  DataTable,
  ErrorState,
  Panel,
  showDone,
  showProblem,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { cancelBackfill } from "@/features/schedules/api";
import { AgainDialog } from "./AgainDialog";
import { againMessages as text } from "./againMessages";
import { againQuery, entryKeys, type Again, type AgainDay, type EntryDetail } from "./api";

const TONES: Record<AgainDay["state"], StatusTone> = {
  waiting: "neutral",
  running: "running",
  held: "warning",
  on_its_way: "running",
  accepted: "success",
  rejected: "failed",
  failed: "failed",
  cancelled: "off",
  skipped: "off",
};

const columns: Column<AgainDay>[] = [
  { key: "date", header: text.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
  { key: "way", header: text.way, cell: (one) => (one.state === "skipped" ? "" : text.ways[one.way]) },
  {
    key: "state",
    header: text.state,
    cell: (one) => <StatusBadge tone={TONES[one.state]}>{text.stateName(one.state)}</StatusBadge>,
  },
  {
    key: "submission",
    header: text.submission,
    cell: (one) =>
      one.submission_id && (
        <AppLink to="/submissions/$submissionId" params={{ submissionId: one.submission_id }}>
          {one.submission_reference ?? one.submission_id}
        </AppLink>
      ),
  },
  {
    key: "run",
    header: text.run,
    cell: (one) =>
      one.run_id && (
        <AppLink to="/runs/$runId" params={{ runId: one.run_id }}>
          {text.openRun}
        </AppLink>
      ),
  },
  { key: "why", header: text.why, cell: (one) => one.reason },
];

export function AgainPanel({ entry }: { entry: EntryDetail }) {
  const [isOpen, setIsOpen] = useState(false);
  const query = useQuery(againQuery(entry.id));
  const permissions = [
    useMay("error_register:write"),
    useMay("schedules:write"),
    useMay("runs:start"),
    useMay("exceptions:work"),
  ];
  const mayStart = permissions.every(Boolean) && entry.state !== "closed";
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.data?.items.length === 0 && <Text c="dimmed">{text.none}</Text>}
        {query.data?.items.map((one) => (
          <Started key={one.id} again={one} />
        ))}
        {mayStart && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setIsOpen(true)}>
              {text.action}
            </Button>
          </Group>
        )}
      </Stack>
      <AgainDialog entry={entry} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </Panel>
  );
}

function Started({ again }: { again: Again }) {
  const { accepted, days } = again.summary;
  const words = text.summary(accepted, days);
  const range = `${again.report_name} · ${text.range(again.first_date, again.last_date)}`;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{range}</Text>
        {again.state === "running" && <Cancel again={again} />}
      </Group>
      <Progress value={(100 * accepted) / Math.max(days, 1)} aria-label={words} />
      <Text size="sm">{words}</Text>
      <DataTable label={range} columns={columns} rows={again.days} rowKey={(one) => one.reporting_date} />
    </Stack>
  );
}

function Cancel({ again }: { again: Again }) {
  const queries = useQueryClient();
  const mayCancel = useMay("schedules:write");
  const cancel = useMutation({
    mutationFn: () => cancelBackfill(again.id),
    onSuccess: () => showDone(text.cancelled),
    onError: showProblem,
    onSettled: () => queries.invalidateQueries({ queryKey: entryKeys.all }),
  });
  if (!mayCancel) return null;
  return (
    <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {text.cancel}
    </Button>
  );
}
