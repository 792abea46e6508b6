/** The search for a transaction, and one timeline for each run it is in. */
import { Button, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  EmptyState,
  ErrorState,
  EventItem,
  EventList,
  Fact,
  Facts,
  Moment,
  PageHeader,
  Panel,
  StatusBadge,
  type StatusTone,
} from "@openreg/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { transactionsQuery, type Transaction } from "./api";
import { transactionMessages as text } from "./messages";

const route = getRouteApi("/_app/transactions/");

const TONES: Partial<Record<Transaction["state"], StatusTone>> = {
  sent: "running",
  file_accepted: "running",
  pending: "warning",
  draft: "warning",
  accepted: "success",
  corrected: "success",
  rejected: "failed",
  cancelled: "off",
  excluded: "off",
};

export function TransactionSearch() {
  const { record } = route.useSearch();
  return (
    <Stack gap="lg">
      <PageHeader title={text.title} description={text.description} />
      <SearchForm key={record} record={record} />
      {record ? (
        <Found record={record} />
      ) : (
        <EmptyState title={text.nothingYet}>{text.nothingYetText}</EmptyState>
      )}
    </Stack>
  );
}

function SearchForm({ record }: { record: string | undefined }) {
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(record ?? "");

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    void navigate({ search: { record: typed.trim() || undefined } });
  }

  return (
    <form onSubmit={submit} role="search">
      <Group align="end" gap="sm">
        <TextInput
          label={text.label}
          description={text.hint}
          flex={1}
          maxLength={300}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit">{text.search}</Button>
      </Group>
    </form>
  );
}

function Found({ record }: { record: string }) {
  const query = useInfiniteQuery(transactionsQuery(record));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const found = query.data.pages.flatMap((page) => page.items);
  return (
    <Stack gap="md">
      {found.length === 0 && <EmptyState title={text.none}>{text.noneText}</EmptyState>}
      {found.map((one) => (
        <Way key={`${one.run_id} ${one.row_number}`} transaction={one} />
      ))}
      {query.hasNextPage && (
        <Button
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {text.more}
        </Button>
      )}
    </Stack>
  );
}

function Way({ transaction }: { transaction: Transaction }) {
  const { facts } = text;
  const { state, submission_id, submission_reference, exception_id } = transaction;
  return (
    <Panel
      title={text.heading(transaction.record_key, transaction.row_number)}
      aside={<StatusBadge tone={TONES[state] ?? "neutral"}>{text.stateName(state)}</StatusBadge>}
    >
      <Stack gap="md">
        <Facts>
          <Fact name={facts.report}>{transaction.report_name}</Fact>
          <Fact name={facts.date}>
            <BusinessDate date={transaction.reporting_date} />
          </Fact>
          <Fact name={facts.run}>
            <AppLink to="/runs/$runId" params={{ runId: transaction.run_id }} className="or-mono">
              {transaction.run_id.slice(-12)}
            </AppLink>
          </Fact>
          <Fact name={facts.row}>
            <span className="or-number">{transaction.row_number}</span>
          </Fact>
          {transaction.status && <Fact name={facts.status}>{transaction.status}</Fact>}
          {submission_id && (
            <Fact name={facts.submission}>
              <AppLink to="/submissions/$submissionId" params={{ submissionId: submission_id }}>
                {submission_reference}
              </AppLink>
            </Fact>
          )}
          {exception_id && (
            <Fact name={facts.exception}>
              <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: exception_id }}>
                {text.open}
              </AppLink>
            </Fact>
          )}
        </Facts>
        <EventList>
          {transaction.timeline.map((entry, number) => (
            <EventItem
              key={number}
              title={
                <>
                  <strong>{text.kindName(entry.kind)}</strong> {text.what(entry.what)}
                </>
              }
              meta={
                <>
                  <Moment at={entry.at} />
                  {entry.actor && ` · ${entry.actor}`}
                </>
              }
              comment={entry.note || null}
            />
          ))}
        </EventList>
      </Stack>
    </Panel>
  );
}
