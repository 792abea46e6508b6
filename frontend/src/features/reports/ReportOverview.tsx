/** What somebody has to know of a report at a glance, and the one next step. */
import { Group, Stack } from "@mantine/core";
import { AppLink, Callout, Fact, Facts, formatDate, LinkButton, Moment, Section, TimeAgo } from "@openreg/ui";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { versionsQuery } from "@/features/report-versions/api";
import { VersionSummary } from "@/features/report-versions/VersionSummary";
import { RunState } from "@/features/runs/RunState";
import { packsQuery, reportQuery, type Report } from "./api";
import { reportMessages } from "./messages";

const route = getRouteApi("/_app/reports/$reportId");
const text = reportMessages.overview;
const none = reportMessages.none;

export function ReportOverview() {
  const { reportId } = route.useParams();
  const report = useSuspenseQuery(reportQuery(reportId)).data.body;
  const versions = useQuery(versionsQuery(reportId)).data?.items ?? [];
  const live = versions.find((version) => version.id === report.active_version?.id);
  const shown = live ?? versions[0];
  return (
    <Stack gap="xl">
      <NextStep report={report} hasVersions={shown !== undefined} />
      <ReportFacts report={report} activatedAt={live?.activated_at ?? null} />
      {shown && (
        <Section title={live ? text.produces : text.producesNewest(shown.number)}>
          <VersionSummary version={shown} />
        </Section>
      )}
    </Stack>
  );
}

function ReportFacts({ report, activatedAt }: { report: Report; activatedAt: string | null }) {
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const regime = packs.find((pack) => pack.id === report.pack_id)?.title ?? report.pack_id;
  return (
    <Facts>
      <Fact name={text.live}>
        {report.active_version ? (
          <VersionLink report={report} version={report.active_version} />
        ) : (
          text.noLive
        )}
      </Fact>
      {activatedAt && (
        <Fact name={text.liveSince}>
          <Moment at={activatedAt} />
        </Fact>
      )}
      {report.approved_version?.effective_from && (
        <Fact name={text.scheduled}>
          {text.scheduledOn(
            report.approved_version.number,
            formatDate(report.approved_version.effective_from),
          )}
        </Fact>
      )}
      <Fact name={text.regime}>{regime ?? none}</Fact>
      <Fact name={text.owner}>{report.owner_name ?? none}</Fact>
      <Fact name={text.lastRun}>
        {report.last_run ? (
          <Group gap="xs">
            <RunState state={report.last_run.state} />
            <AppLink to="/runs/$runId" params={{ runId: report.last_run.id }}>
              <TimeAgo at={report.last_run.created_at} />
            </AppLink>
          </Group>
        ) : (
          none
        )}
      </Fact>
      <Fact name={text.tags}>{report.tags.join(", ") || none}</Fact>
      <Fact name={text.slug}>
        <span className="or-mono">{report.slug}</span>
      </Fact>
      <Fact name={text.created}>
        <Moment at={report.created_at} />
      </Fact>
      <Fact name={text.changed}>
        <TimeAgo at={report.updated_at} />
      </Fact>
    </Facts>
  );
}

function VersionLink({ report, version }: { report: Report; version: { id: string; number: string } }) {
  return (
    <AppLink
      to="/reports/$reportId/versions/$versionId"
      params={{ reportId: report.id, versionId: version.id }}
    >
      {version.number}
    </AppLink>
  );
}

function NextStep({ report, hasVersions }: { report: Report; hasVersions: boolean }) {
  const mayWrite = useMay("reports:write");
  if (report.archived_at)
    return <Callout tone="neutral" title={text.archivedTitle} fix={text.archivedText} />;
  if (report.in_review_version) {
    const params = { reportId: report.id, versionId: report.in_review_version.id };
    return (
      <Callout
        tone="running"
        title={text.reviewTitle(report.in_review_version.number)}
        fix={text.review}
        actions={
          <LinkButton variant="default" to="/reports/$reportId/versions/$versionId" params={params}>
            {text.reviewAction}
          </LinkButton>
        }
      />
    );
  }
  if (hasVersions) return null;
  return (
    <Callout
      tone="neutral"
      title={text.beginTitle}
      fix={text.begin}
      actions={
        mayWrite && (
          <LinkButton to="/reports/$reportId/edit" params={{ reportId: report.id }}>
            {report.has_draft ? text.continueAction : text.beginAction}
          </LinkButton>
        )
      }
    />
  );
}
