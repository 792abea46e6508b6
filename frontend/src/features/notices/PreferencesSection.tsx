/** How one is told, by kind of notice. */
import { Button, Checkbox, Group, NumberInput, Skeleton, Stack, Switch, Table } from "@mantine/core";
import { ErrorState, Section, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { preferencesQuery, savePreferences, type NoticePreferences } from "./api";
import { kindName, noticeMessages } from "./messages";

const text = noticeMessages.preferences;

export function PreferencesSection() {
  const query = useQuery(preferencesQuery());
  return (
    <Section title={text.title}>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={200} />}
      {query.data && <PreferencesForm stored={query.data} />}
    </Section>
  );
}

function PreferencesForm({ stored }: { stored: NoticePreferences }) {
  const [draft, setDraft] = useState(stored);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: savePreferences,
    onSuccess: (saved) => {
      queries.setQueryData(preferencesQuery().queryKey, saved);
      showDone(text.saved);
    },
    onError: showProblem,
  });

  function choose(kind: string, change: { in_app?: boolean; mail?: boolean }) {
    setDraft({
      ...draft,
      kinds: draft.kinds.map((one) => (one.kind === kind ? { ...one, ...change } : one)),
    });
  }

  return (
    <Stack gap="md">
      <Table aria-label={text.label} maw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.kind}</Table.Th>
            <Table.Th scope="col">{text.inApp}</Table.Th>
            <Table.Th scope="col">{text.mail}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {draft.kinds.map(({ kind, in_app, mail }) => (
            <Table.Tr key={kind}>
              <Table.Th scope="row">{kindName(kind)}</Table.Th>
              <Table.Td>
                <Checkbox
                  aria-label={text.inAppOf(kindName(kind))}
                  checked={in_app}
                  onChange={(event) => choose(kind, { in_app: event.currentTarget.checked })}
                />
              </Table.Td>
              <Table.Td>
                <Checkbox
                  aria-label={text.mailOf(kindName(kind))}
                  checked={mail}
                  onChange={(event) => choose(kind, { mail: event.currentTarget.checked })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="md" align="flex-end">
        <Switch
          label={text.digest}
          checked={draft.digest === "daily"}
          onChange={(event) => setDraft({ ...draft, digest: event.currentTarget.checked ? "daily" : "off" })}
        />
        {draft.digest === "daily" && (
          <NumberInput
            label={text.hour}
            min={0}
            max={23}
            allowDecimal={false}
            w={120}
            value={draft.digest_hour}
            onChange={(value) => typeof value === "number" && setDraft({ ...draft, digest_hour: value })}
          />
        )}
      </Group>
      <div>
        <Button loading={save.isPending} onClick={() => save.mutate(draft)}>
          {text.save}
        </Button>
      </div>
    </Stack>
  );
}
