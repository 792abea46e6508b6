/** The lists that publishers give out: how old what is there of them is, and loading them. */
import { Button, FileInput, Group, Modal, Select, Stack, Text } from "@mantine/core";
import {
  AppLink,
  DataTable,
  ErrorState,
  Panel,
  showDone,
  StatusBadge,
  TimeAgo,
  uiMessages,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { loadList, referenceListsQuery, type LoadMode, type ReferenceList } from "./api";
import { datasetMessages } from "./messages";

const text = datasetMessages.lists;

export function OfficialLists() {
  const query = useQuery(referenceListsQuery());
  const mayWrite = useMay("datasets:write");
  const [chosen, setChosen] = useState<ReferenceList | null>(null);
  const columns: Column<ReferenceList>[] = [
    {
      key: "list",
      header: text.list,
      cell: (one) => {
        const id = one.datasets.find((dataset) => dataset.id)?.id;
        return id ? (
          <AppLink to="/datasets/$datasetId" params={{ datasetId: id }}>
            {text.name(one.name)}
          </AppLink>
        ) : (
          text.name(one.name)
        );
      },
    },
    { key: "loaded", header: text.loaded, cell: (one) => <Age list={one} /> },
  ];
  const actions: Column<ReferenceList> = {
    key: "actions",
    header: text.actions,
    cell: (one) => (
      <Button size="xs" variant="default" aria-label={text.load(one.name)} onClick={() => setChosen(one)}>
        {text.action}
      </Button>
    ),
  };
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Panel title={text.title}>
      <Stack gap="sm">
        <Text c="dimmed">{text.hint}</Text>
        <DataTable
          label={text.title}
          columns={mayWrite ? [...columns, actions] : columns}
          rows={query.data?.items}
          rowKey={(one) => one.name}
        />
      </Stack>
      <Modal
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        title={chosen ? text.load(chosen.name) : ""}
        closeButtonProps={{ "aria-label": uiMessages.close }}
      >
        {chosen && <LoadForm list={chosen} onDone={() => setChosen(null)} />}
      </Modal>
    </Panel>
  );
}

function Age({ list }: { list: ReferenceList }) {
  const loaded = list.datasets.filter((one) => one.version > 0);
  if (loaded.length === 0) return <StatusBadge tone="off">{text.notLoaded}</StatusBadge>;
  return (
    <Group gap="xs">
      <TimeAgo at={loaded[0]?.as_at ?? null} />
      {loaded.some((one) => one.is_stale) && (
        <StatusBadge tone="warning">{datasetMessages.stale}</StatusBadge>
      )}
    </Group>
  );
}

function LoadForm({ list, onDone }: { list: ReferenceList; onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<LoadMode>("full");
  const [stop, setStop] = useState(() => new AbortController());
  const queries = useQueryClient();
  const load = useMutation({
    mutationFn: () => {
      const fresh = new AbortController();
      setStop(fresh);
      return loadList({ listed: list.name, mode, file, signal: fresh.signal });
    },
    onSuccess: async (loaded) => {
      await queries.invalidateQueries({ queryKey: ["datasets"] });
      showDone(text.done(loaded.source, loaded.datasets[0]?.rows ?? 0));
      onDone();
    },
  });
  const isStopped = stop.signal.aborted;
  return (
    <Stack gap="sm">
      {list.needs_file ? (
        <FileInput size="xs" label={text.file} value={file} onChange={setFile} />
      ) : (
        <Text c="dimmed">{text.packaged}</Text>
      )}
      {list.modes.length > 1 && (
        <Select
          label={text.mode}
          data={list.modes.map((one) => ({ value: one, label: text.modes[one] }))}
          allowDeselect={false}
          value={mode}
          onChange={(next) => next && setMode(next)}
        />
      )}
      {load.isError && !isStopped && <ErrorState error={load.error} />}
      <Group justify="flex-end" gap="sm">
        {load.isPending && (
          <Button variant="default" onClick={() => stop.abort()}>
            {text.stop}
          </Button>
        )}
        <Button
          loading={load.isPending}
          disabled={list.needs_file && file === null}
          onClick={() => load.mutate()}
        >
          {text.action}
        </Button>
      </Group>
    </Stack>
  );
}
