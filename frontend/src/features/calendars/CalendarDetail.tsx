/** One calendar: what it is, its days by year, and changing it. */
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  showDone,
} from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { RemoveAction } from "@/lists/RemoveAction";
import { calendarKeys, calendarQuery, changeCalendar, removeCalendar, type Calendar } from "./api";
import { DefinitionFields } from "./DefinitionFields";
import { calendarMessages as text } from "./messages";
import { YearPanel } from "./YearPanel";

const route = getRouteApi("/_app/calendars/$calendarId");

export function CalendarDetail() {
  const { calendarId } = route.useParams();
  const query = useQuery(calendarQuery(calendarId));
  const mayWrite = useMay("calendars:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const calendar = query.data.body;
  return (
    <>
      <AppLink to="/calendars" search={{}} size="sm">
        {text.title}
      </AppLink>
      <PageHeader
        title={calendar.title || calendar.name}
        meta={<CopyId id={calendar.id} label={text.copyId} />}
        actions={
          <>
            <CurlButton url={`/api/v1/calendars/${calendar.id}`} />
            {mayWrite && <Remove calendar={calendar} />}
          </>
        }
      />
      <Stack gap="lg" maw={820}>
        <Facts>
          <Fact name={text.columns.written}>
            <span className="or-mono">{text.call(calendar.name)}</span>
          </Fact>
          <Fact name={text.columns.version}>{calendar.version}</Fact>
          <Fact name={text.columns.changed}>
            <Moment at={calendar.updated_at} />
          </Fact>
        </Facts>
        {mayWrite ? (
          <Editor stored={query.data} key={query.data.etag} />
        ) : (
          <YearPanel definition={calendar.definition} />
        )}
      </Stack>
    </>
  );
}

function Editor({ stored }: { stored: Tagged<Calendar> }) {
  const [definition, setDefinition] = useState(stored.body.definition);
  const queries = useQueryClient();
  const isChanged = JSON.stringify(definition) !== JSON.stringify(stored.body.definition);
  const save = useMutation({
    mutationFn: () => changeCalendar(stored.body.id, { definition }, stored.etag),
    onSuccess: async () => {
      showDone(text.form.saved);
      await queries.invalidateQueries({ queryKey: calendarKeys.all });
    },
  });
  return (
    <Stack gap="lg">
      <DefinitionFields definition={definition} onChange={setDefinition} />
      {save.isError && <ErrorState error={save.error} />}
      <Group justify="flex-end">
        <Button disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>
          {text.form.save}
        </Button>
      </Group>
      <YearPanel definition={definition} />
    </Stack>
  );
}

function Remove({ calendar }: { calendar: Calendar }) {
  const navigate = useNavigate();
  return (
    <RemoveAction
      name={calendar.name}
      text={text.remove}
      keys={{ one: calendarKeys.one(calendar.id), all: calendarKeys.all }}
      remove={() => removeCalendar(calendar.id)}
      onRemoved={() => navigate({ to: "/calendars", search: {} })}
    />
  );
}
