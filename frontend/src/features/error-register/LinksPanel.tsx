/** What an entry is about: each thing leads to its screen. */
import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { AppLink, DataTable, ErrorState, Panel, showDone, showProblem, type Column } from "@openreg/ui";
import { IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { choicesOf } from "@/lists/choices";
import {
  entryKeys,
  fillEntry,
  linkEntry,
  linkKinds,
  unlinkEntry,
  type EntryDetail,
  type LinkKind,
  type RegisterLink,
} from "./api";
import { registerMessages } from "./messages";

const text = registerMessages.link;

export function LinksPanel({ entry, etag }: { entry: EntryDetail; etag: string | null }) {
  const mayWrite = useMay("error_register:write");
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: entryKeys.all });
  const unlink = useMutation({
    mutationFn: (one: RegisterLink) => unlinkEntry(entry.id, one.kind, one.target_id),
    onSuccess: () => showDone(text.removed),
    onError: showProblem,
    onSettled: refresh,
  });
  const fill = useMutation({
    mutationFn: () => fillEntry(entry.id, etag),
    onSuccess: () => showDone(text.filled),
    onError: showProblem,
    onSettled: refresh,
  });
  const columns: Column<RegisterLink>[] = [
    { key: "kind", header: text.kind, cell: (one) => registerMessages.links[one.kind] },
    { key: "label", header: text.label, cell: (one) => <Target link={one} /> },
  ];
  if (mayWrite)
    columns.push({
      key: "remove",
      header: text.removeHeader,
      cell: (one) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={text.remove(one.label)}
          onClick={() => unlink.mutate(one)}
        >
          <IconX size={14} aria-hidden />
        </ActionIcon>
      ),
    });
  return (
    <Panel title={text.title}>
      <Stack gap="sm">
        {entry.links.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <DataTable
            label={text.title}
            columns={columns}
            rows={entry.links}
            rowKey={(one) => `${one.kind} ${one.target_id}`}
          />
        )}
        {mayWrite && <Add entryId={entry.id} />}
        {mayWrite && entry.links.length > 0 && (
          <Group>
            <Button size="xs" variant="default" loading={fill.isPending} onClick={() => fill.mutate()}>
              {text.fill}
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

function Target({ link }: { link: RegisterLink }) {
  const id = link.target_id;
  switch (link.kind) {
    case "submission":
      return (
        <AppLink to="/submissions/$submissionId" params={{ submissionId: id }}>
          {link.label}
        </AppLink>
      );
    case "run":
      return (
        <AppLink to="/runs/$runId" params={{ runId: id }}>
          {link.label}
        </AppLink>
      );
    case "exception":
      return (
        <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: id }}>
          {link.label}
        </AppLink>
      );
    case "feedback":
      return (
        <AppLink to="/feedback/$feedbackId" params={{ feedbackId: id }}>
          {link.label}
        </AppLink>
      );
    case "reconciliation":
      return (
        <AppLink to="/reconciliations/$reconciliationId" params={{ reconciliationId: id }} search={{}}>
          {link.label}
        </AppLink>
      );
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function Add({ entryId }: { entryId: string }) {
  const [kind, setKind] = useState<LinkKind>("submission");
  const [id, setId] = useState("");
  const queries = useQueryClient();
  const link = useMutation({
    mutationFn: () => linkEntry(entryId, kind, id.trim()),
    onSuccess: async () => {
      setId("");
      showDone(text.added);
      await queries.invalidateQueries({ queryKey: entryKeys.all });
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (UUID.test(id.trim())) link.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Group align="end" gap="sm">
        <Select
          label={text.kind}
          allowDeselect={false}
          w={150}
          data={choicesOf(linkKinds, registerMessages.links)}
          value={kind}
          onChange={(value) => setKind(linkKinds.find((one) => one === value) ?? kind)}
        />
        <TextInput
          label={text.id}
          w={340}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={!UUID.test(id.trim())} loading={link.isPending}>
          {text.add}
        </Button>
      </Group>
      {link.isError && <ErrorState error={link.error} />}
    </form>
  );
}
