/** What a file says of records: rejected ones with their exceptions, pending ones, and those that were never sent. */
import { Button, Group, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { AppLink, DataTable, EmptyState, ErrorState, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { advicePages, advicesQuery, type AdvicePage, type RecordAdvice } from "./api";
import { AdviceStateBadge } from "./FeedbackStateBadge";
import { feedbackMessages as text } from "./messages";
import { RuleWords } from "./RuleWords";

const { recordColumns: names } = text;

const columns: Column<RecordAdvice>[] = [
  { key: "record", header: names.record, cell: (one) => <span className="or-mono">{one.record_id}</span> },
  { key: "state", header: names.state, cell: (one) => <AdviceStateBadge state={one.state} /> },
  { key: "rules", header: names.rules, cell: (one) => <RuleWords rules={one.rules} /> },
  { key: "exception", header: names.exception, cell: (one) => <ExceptionOf advice={one} /> },
];

export function FeedbackRecords({ feedbackId }: { feedbackId: string }) {
  const [shown, setShown] = useState<AdvicePage>("rejected");
  const [cursor, setCursor] = useState<string>();
  const query = useQuery(advicesQuery(feedbackId, shown, cursor));
  const next = query.data?.next_cursor ?? undefined;
  return (
    <Panel title={text.records}>
      <Stack gap="md">
        <SegmentedControl
          aria-label={text.records}
          value={shown}
          data={advicePages.map((value) => ({ value, label: text.pages[value] }))}
          onChange={(value) => {
            setShown(value as AdvicePage);
            setCursor(undefined);
          }}
        />
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton height={120} />}
        {query.data?.items.length === 0 && (
          <EmptyState title={text.noRecords}>{text.noRecordsHint}</EmptyState>
        )}
        {query.data && query.data.items.length > 0 && (
          <DataTable
            label={text.records}
            columns={columns}
            rows={query.data.items}
            rowKey={(one) => String(one.position)}
            isFetching={query.isFetching}
          />
        )}
        <Group gap="sm">
          {cursor && (
            <Button variant="default" onClick={() => setCursor(undefined)}>
              {text.first}
            </Button>
          )}
          {next && (
            <Button variant="default" onClick={() => setCursor(next)}>
              {text.next}
            </Button>
          )}
        </Group>
      </Stack>
    </Panel>
  );
}

function ExceptionOf({ advice }: { advice: RecordAdvice }) {
  if (advice.exception_id) {
    return (
      <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: advice.exception_id }}>
        {text.openException}
      </AppLink>
    );
  }
  return advice.submission_id && advice.row_number === null ? <>{text.unknownRecord}</> : null;
}
