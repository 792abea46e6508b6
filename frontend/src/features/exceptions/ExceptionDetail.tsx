/** One exception: what is wrong with the record, its values, how it is corrected, and what happened to it. */
import { Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  LinkButton,
  Moment,
  PageHeader,
} from "@openreg/ui";
import { IconRoute } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { OpenEntryLink } from "@/features/error-register/OpenEntryLink";
import { AmendForm } from "./AmendForm";
import { exceptionQuery, type ExceptionDetail as Found } from "./api";
import { Decisions } from "./Decisions";
import { detailMessages as text } from "./detailMessages";
import { DueDate } from "./DueDate";
import { nameOf } from "./exceptionColumns";
import styles from "./exceptions.module.css";
import { ExceptionState } from "./ExceptionState";
import { FindingsPanel } from "./FindingsPanel";
import { History } from "./History";
import { isWorkable } from "./states";
import { Standing } from "./Standing";
import { ValuesPanel } from "./ValuesPanel";

const route = getRouteApi("/_app/exceptions/$exceptionId");

export function ExceptionDetail() {
  const { exceptionId } = route.useParams();
  const query = useQuery(exceptionQuery(exceptionId));
  const mayWork = useMay("exceptions:work");
  if (query.isError) {
    return (
      <>
        <PageHeader title={text.title} />
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (!query.data) return <Skeleton height={320} />;
  const found = query.data.body;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/exceptions" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={nameOf(found)}
          meta={
            <Group gap="sm">
              <ExceptionState state={found.state} isProposed={found.proposed_by !== null} />
              <CopyId id={found.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              {mayWork && <Decisions found={found} />}
              <OpenEntryLink kind="exception" id={found.id} />
              <CurlButton url={`/api/v1/exceptions/${found.id}`} />
            </>
          }
        />
        <ExceptionFacts found={found} />
      </div>
      <Standing found={found} />
      <FindingsPanel found={found} />
      <div className={styles.columns}>
        <Stack gap="lg" miw={0}>
          {mayWork && isWorkable(found.state) && <AmendForm key={found.id} stored={query.data} />}
          <ValuesPanel found={found} />
        </Stack>
        <History exception={found} />
      </div>
    </Stack>
  );
}

function ExceptionFacts({ found }: { found: Found }) {
  return (
    <Facts>
      <Fact name={text.report}>
        <AppLink to="/reports/$reportId" params={{ reportId: found.report_id }}>
          {found.report_name}
        </AppLink>
      </Fact>
      <Fact name={text.run}>
        <AppLink to="/runs/$runId" params={{ runId: found.run_id }}>
          <BusinessDate date={found.reporting_date} />
        </AppLink>
      </Fact>
      <Fact name={text.row}>
        <span className="or-number">{formatNumber(found.row_number)}</span>
      </Fact>
      {found.entity && (
        <Fact name={text.entity}>
          <span className="or-mono">{found.entity}</span>
        </Fact>
      )}
      <Fact name={text.opened}>
        <Moment at={found.created_at} />
      </Fact>
      <Fact name={text.due}>
        <DueDate dueAt={found.due_at} state={found.state} />
      </Fact>
      <Fact name={text.assignee}>{found.assignee_name ?? text.nobody}</Fact>
      {found.is_repeat && found.record_key && (
        <Fact name={text.repeat}>
          <AppLink to="/exceptions" search={{ q: found.record_key, report_id: found.report_id }}>
            {text.seeRepeats}
          </AppLink>
        </Fact>
      )}
      <Fact name={text.way}>
        <LinkButton
          variant="default"
          to="/runs/$runId/records/$rowNumber"
          params={{ runId: found.run_id, rowNumber: String(found.row_number) }}
          leftSection={<IconRoute size={14} aria-hidden />}
        >
          {text.lineage}
        </LinkButton>
      </Fact>
    </Facts>
  );
}
