/** Running past dates, and how far that is. */
import { Button, Checkbox, Group, Modal, NumberInput, Progress, Stack, Text } from "@mantine/core";
import { DataTable, DateField, ErrorState, Panel, showDone, uiMessages, type Column } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { backfillsQuery, cancelBackfill, scheduleKeys, startBackfill, type Backfill } from "./api";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.backfill;

export function BackfillPanel({ scheduleId }: { scheduleId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const query = useQuery(backfillsQuery(scheduleId));
  const mayWrite = useMay("schedules:write");
  const rows = query.data?.items ?? [];
  const columns: Column<Backfill>[] = [
    {
      key: "range",
      header: text.range,
      cell: (one) => <span className="or-mono">{`${one.first_date} – ${one.last_date}`}</span>,
    },
    {
      key: "state",
      header: scheduleMessages.fires.state,
      cell: (one) => scheduleMessages.stateName(one.state),
    },
    { key: "progress", header: text.title, cell: (one) => <Done backfill={one} /> },
    {
      key: "cancel",
      header: text.cancel,
      cell: (one) => mayWrite && one.state === "running" && <Cancel backfill={one} />,
    },
  ];
  return (
    <Panel title={text.title}>
      <Stack gap="sm">
        {mayWrite && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setIsOpen(true)}>
              {text.action}
            </Button>
          </Group>
        )}
        {query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <DataTable label={text.title} columns={columns} rows={rows} rowKey={(one) => one.id} />
        )}
      </Stack>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={text.dialog}
        closeButtonProps={{ "aria-label": uiMessages.close }}
      >
        <Start scheduleId={scheduleId} onDone={() => setIsOpen(false)} />
      </Modal>
    </Panel>
  );
}

function Done({ backfill }: { backfill: Backfill }) {
  const done = backfill.succeeded + backfill.failed;
  const words = text.progress(done, backfill.days);
  return (
    <Stack gap={2}>
      <Progress value={(100 * done) / Math.max(backfill.days, 1)} aria-label={words} />
      <Text size="xs">
        {words}
        {backfill.failed > 0 && `, ${text.failed(backfill.failed)}`}
      </Text>
    </Stack>
  );
}

function Cancel({ backfill }: { backfill: Backfill }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelBackfill(backfill.id),
    onSuccess: () => showDone(text.cancelled),
    onSettled: () => queries.invalidateQueries({ queryKey: scheduleKeys.all }),
  });
  return (
    <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {text.cancel}
    </Button>
  );
}

function Start({ scheduleId, onDone }: { scheduleId: string; onDone: () => void }) {
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [concurrency, setConcurrency] = useState(2);
  const [isWorking, setIsWorking] = useState(true);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: () =>
      startBackfill(
        scheduleId,
        { first_date: first, last_date: last, concurrency, working_days_only: isWorking },
        key,
      ),
    onSuccess: async () => {
      showDone(text.started);
      await queries.invalidateQueries({ queryKey: scheduleKeys.all });
      onDone();
    },
    onError: () => setKey(crypto.randomUUID()),
  });
  return (
    <Stack gap="sm">
      <Group grow>
        <DateField label={text.first} value={first} onChange={setFirst} />
        <DateField label={text.last} value={last} onChange={setLast} />
      </Group>
      <NumberInput
        label={text.concurrency}
        min={1}
        max={20}
        value={concurrency}
        onChange={(value) => typeof value === "number" && setConcurrency(value)}
      />
      <Checkbox
        label={text.workingDays}
        checked={isWorking}
        onChange={(event) => setIsWorking(event.currentTarget.checked)}
      />
      {start.isError && <ErrorState error={start.error} />}
      <Group justify="flex-end">
        <Button disabled={!first || !last} loading={start.isPending} onClick={() => start.mutate()}>
          {text.start}
        </Button>
      </Group>
    </Stack>
  );
}
