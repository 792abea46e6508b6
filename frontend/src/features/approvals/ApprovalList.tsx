/** What waits for approval: what it changes, whether one may decide, and the decision. */
import { Button, Group, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  EmptyState,
  ErrorState,
  FilterBar,
  PageHeader,
  Pagination,
  TimeAgo,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useState } from "react";
import { compareQuery, type Step } from "@/features/report-versions/api";
import { Difference } from "@/features/report-versions/Difference";
import { versionMessages } from "@/features/report-versions/messages";
import { StepDialog } from "@/features/report-versions/StepDialog";
import { VersionState } from "@/features/reports/ReportState";
import { listMessages } from "@/lists/messages";
import { useListSearch } from "@/lists/useListSearch";
import { approvalsQuery, type Approval } from "./api";
import styles from "./approvals.module.css";
import { waitingStates } from "./keys";
import { approvalMessages as text } from "./messages";

const route = getRouteApi("/_app/approvals/");

export function ApprovalList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(approvalsQuery(search));
  return (
    <>
      <PageHeader title={text.title} description={text.description} />
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <Select
          aria-label={text.filterState}
          placeholder={text.any}
          clearable
          data={waitingStates.map((state) => ({ value: state, label: text.states[state] }))}
          value={search.state ?? null}
          onChange={(state) => list.setFilter({ state: waitingStates.find((one) => one === state) })}
        />
      </FilterBar>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={180} />}
      {query.data?.items.length === 0 &&
        (list.isFiltered || search.cursor ? (
          <EmptyState title={listMessages.noMatchTitle} onClear={list.clear}>
            {listMessages.noMatch}
          </EmptyState>
        ) : (
          <EmptyState title={text.noneTitle}>{text.none}</EmptyState>
        ))}
      {query.data && query.data.items.length > 0 && (
        <>
          <Stack gap="md" component="ul" className={styles.list} aria-busy={query.isFetching}>
            {query.data.items.map((approval) => (
              <Waiting key={approval.version_id} approval={approval} />
            ))}
          </Stack>
          <Pagination {...list.paging} nextCursor={query.data.next_cursor} count={query.data.items.length} />
        </>
      )}
    </>
  );
}

function Waiting({ approval }: { approval: Approval }) {
  const title = useId();
  const [step, setStep] = useState<Step | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const version = { id: approval.version_id, report_id: approval.report_id, number: approval.number };
  const params = { reportId: approval.report_id, versionId: approval.version_id };
  return (
    <li className={styles.card} aria-labelledby={title}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div>
          <Group gap="sm">
            <Title order={3} id={title}>
              {approval.report_name} {approval.number}
            </Title>
            <VersionState state={approval.state} />
          </Group>
          <Text c="dimmed" size="sm">
            {text.by(approval.submitted_by_name ?? text.unknown)} · <TimeAgo at={approval.submitted_at} />
          </Text>
        </div>
        {approval.may_decide && (
          <Group gap="sm">
            <Button variant="default" onClick={() => setStep("reject")}>
              {versionMessages.steps.reject.action}
            </Button>
            <Button onClick={() => setStep("approve")}>{versionMessages.steps.approve.action}</Button>
          </Group>
        )}
      </Group>
      {approval.note && <Text>{approval.note}</Text>}
      {approval.comment && <blockquote className={styles.comment}>{approval.comment}</blockquote>}
      {approval.effective_from && (
        <Text>
          {text.liveFrom} <BusinessDate date={approval.effective_from} />
        </Text>
      )}
      {!approval.may_decide && approval.reason && approval.reason_code !== "decided" && (
        <Text c="dimmed">{text.cannot(approval.reason)}</Text>
      )}
      <Group gap="md">
        <Button variant="default" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? text.hideChanges : text.changes}
        </Button>
        <AppLink to="/reports/$reportId/versions/$versionId" params={params}>
          {text.open}
        </AppLink>
      </Group>
      {isOpen && <Changes approval={approval} />}
      <StepDialog version={version} step={step} onClose={() => setStep(null)} />
    </li>
  );
}

function Changes({ approval }: { approval: Approval }) {
  const query = useQuery(compareQuery(approval.report_id, approval.version_id));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={120} />;
  if (!query.data.before) return <Text c="dimmed">{versionMessages.compare.first}</Text>;
  return (
    <Stack gap="sm">
      <Text c="dimmed">
        {versionMessages.compare.with} {query.data.before.number}
      </Text>
      <Difference diff={query.data.diff} />
    </Stack>
  );
}
