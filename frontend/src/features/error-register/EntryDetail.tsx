/** One entry of the register: what is known, what is done about it, what is reported again, and everything that happened. */
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  Callout,
  CopyId,
  CurlButton,
  DataTable,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  Moment,
  PageHeader,
  Panel,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ActionsPanel } from "./ActionsPanel";
import { AgainPanel } from "./AgainPanel";
import { entryQuery, type EntryDetail as Entry } from "./api";
import { EntryForm } from "./EntryForm";
import { EntryHistory } from "./EntryHistory";
import { EntryState } from "./EntryState";
import { LinksPanel } from "./LinksPanel";
import { registerMessages as text } from "./messages";
import { MoveActions } from "./MoveActions";
import { NotificationButton } from "./NotificationButton";

const route = getRouteApi("/_app/error-register/$registerEntryId");

export function EntryDetail() {
  const { registerEntryId } = route.useParams();
  const query = useQuery(entryQuery(registerEntryId));
  const [isEditing, setIsEditing] = useState(false);
  const mayWrite = useMay("error_register:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const { body: entry, etag } = query.data;
  if (isEditing)
    return (
      <>
        <PageHeader title={text.editTitle(entry.reference)} />
        <EntryForm stored={query.data} onDone={() => setIsEditing(false)} />
      </>
    );
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/error-register" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={entry.title}
          description={`${entry.reference} · ${text.kinds[entry.kind]}`}
          meta={
            <Group gap="sm">
              <EntryState entry={entry} />
              <CopyId id={entry.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              {mayWrite && <MoveActions entry={entry} etag={etag} />}
              {mayWrite && (
                <Button size="xs" variant="default" onClick={() => setIsEditing(true)}>
                  {text.edit}
                </Button>
              )}
              <NotificationButton entry={entry} />
              <CurlButton url={`/api/v1/error-register/${entry.id}`} />
            </>
          }
        />
        <EntryFacts entry={entry} />
      </div>
      {entry.back_reported_at !== null && entry.state !== "closed" && (
        <Callout tone="success" title={text.backReportedTitle} fix={text.backReportedFix} />
      )}
      <Words entry={entry} />
      <Days entry={entry} />
      <ActionsPanel entry={entry} />
      <LinksPanel entry={entry} etag={etag} />
      <AgainPanel entry={entry} />
      <EntryHistory entry={entry} />
    </Stack>
  );
}

function EntryFacts({ entry }: { entry: Entry }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={facts.found}>{text.found[entry.found_by]}</Fact>
      <Fact name={facts.cause}>
        {entry.root_cause ? text.causes[entry.root_cause] : text.form.causeLater}
      </Fact>
      <Fact name={facts.reports}>
        {entry.reports.length === 0
          ? text.none
          : entry.reports.map((one) => (
              <div key={one.id}>
                <AppLink to="/reports/$reportId" params={{ reportId: one.id }}>
                  {one.name}
                </AppLink>
              </div>
            ))}
      </Fact>
      <Fact name={facts.occurred}>
        {entry.occurred_to === null ? (
          facts.since(entry.occurred_from)
        ) : (
          <>
            <BusinessDate date={entry.occurred_from} /> – <BusinessDate date={entry.occurred_to} />
          </>
        )}
      </Fact>
      <Fact name={facts.discovered}>
        <BusinessDate date={entry.discovered_on} />
      </Fact>
      <Fact name={facts.notified}>
        {entry.notified_at ? (
          <>
            <Moment at={entry.notified_at} /> · {entry.authority}
            {entry.authority_reference && ` (${entry.authority_reference})`}
          </>
        ) : (
          facts.notNotified
        )}
      </Fact>
      <Fact name={facts.corrected}>
        {entry.corrected_on ? <BusinessDate date={entry.corrected_on} /> : facts.notNotified}
      </Fact>
      {entry.closed_at && (
        <Fact name={facts.closed}>
          <Moment at={entry.closed_at} />
        </Fact>
      )}
      <Fact name={facts.records}>
        {entry.affected_records === null ? text.none : formatNumber(entry.affected_records)}
      </Fact>
      {entry.affected_fields.length > 0 && (
        <Fact name={facts.fields}>{entry.affected_fields.join(", ")}</Fact>
      )}
      <Fact name={facts.by}>{entry.created_by}</Fact>
    </Facts>
  );
}

function Words({ entry }: { entry: Entry }) {
  const parts = [
    { title: text.form.description, said: entry.description },
    { title: text.form.causeText, said: entry.root_cause_text },
  ].filter((one) => one.said !== "");
  if (parts.length === 0) return null;
  return (
    <Panel title={text.facts.title}>
      <Stack gap="sm">
        {parts.map((one) => (
          <div key={one.title}>
            <Text fw={600} size="sm">
              {one.title}
            </Text>
            <Text style={{ whiteSpace: "pre-wrap" }}>{one.said}</Text>
          </div>
        ))}
      </Stack>
    </Panel>
  );
}

type Day = Entry["affected_days"][number];

function Days({ entry }: { entry: Entry }) {
  const columns: Column<Day>[] = [
    { key: "date", header: text.days.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
    {
      key: "report",
      header: text.days.report,
      cell: (one) => entry.reports.find((report) => report.id === one.report_id)?.name ?? text.none,
    },
    {
      key: "records",
      header: text.days.records,
      isNumber: true,
      cell: (one) =>
        one.records === null || one.records === undefined ? text.days.uncounted : formatNumber(one.records),
    },
  ];
  return (
    <Panel title={text.days.title}>
      {entry.affected_days.length === 0 ? (
        <Text c="dimmed">{text.days.none}</Text>
      ) : (
        <DataTable
          label={text.days.title}
          columns={columns}
          rows={entry.affected_days}
          rowKey={(one) => `${one.report_id} ${one.reporting_date}`}
        />
      )}
    </Panel>
  );
}
