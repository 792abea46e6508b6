/** Making a calendar; the year is shown as it will be. */
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { calendarKeys, createCalendar, type Definition } from "./api";
import { DefinitionFields } from "./DefinitionFields";
import { calendarMessages } from "./messages";
import { YearPanel } from "./YearPanel";

const text = calendarMessages.form;
const NAME = /^[A-Za-z][A-Za-z0-9_]{2,62}$/;
const EMPTY: Definition = { based_on: "TARGET", added: [], removed: [], weekend: [5, 6] };

export function NewCalendar() {
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [definition, setDefinition] = useState(EMPTY);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createCalendar({ name, title, definition }, key),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: calendarKeys.all });
      showDone(text.created);
      void navigate({ to: "/calendars/$calendarId", params: { calendarId: made.id } });
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (NAME.test(name)) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={820}>
        <div>
          <AppLink to="/calendars" search={{}} size="sm">
            {calendarMessages.title}
          </AppLink>
          <PageHeader title={calendarMessages.newTitle} />
        </div>
        <TextInput
          label={text.name}
          description={text.nameHint}
          withAsterisk
          value={name}
          error={name !== "" && !NAME.test(name) ? text.nameWrong : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={text.title}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <DefinitionFields definition={definition} onChange={setDefinition} />
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/calendars" search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" disabled={!NAME.test(name)} loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
        <YearPanel definition={definition} />
      </Stack>
    </form>
  );
}
