/** One version: what changed in it, who did what with it, and the next step. */
import { Button, Select, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  ErrorState,
  Fact,
  Facts,
  JsonView,
  Moment,
  PageHeader,
  Section,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { IconDownload } from "@tabler/icons-react";
import { reportQuery } from "@/features/reports/api";
import { VersionState } from "@/features/reports/ReportState";
import { useReportActions } from "@/features/reports/useReportActions";
import { compareQuery, versionQuery, versionsQuery, type Version } from "./api";
import { Difference } from "./Difference";
import { History } from "./History";
import { versionMessages as text } from "./messages";
import { VersionActions } from "./VersionActions";
import { VersionSummary } from "./VersionSummary";

const route = getRouteApi("/_app/reports/$reportId_/versions/$versionId");

export function VersionDetail() {
  const { reportId, versionId } = route.useParams();
  const version = useQuery(versionQuery(reportId, versionId));
  const report = useQuery(reportQuery(reportId));
  const { exportYaml } = useReportActions();
  const failed = [version, report].find((query) => query.isError);
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!version.data || !report.data) return <Skeleton height={240} />;
  const found = version.data;
  const owner = report.data.body;
  return (
    <Stack gap="xl">
      <div>
        <AppLink to="/reports/$reportId/versions" params={{ reportId }} size="sm">
          {owner.name}
        </AppLink>
        <PageHeader
          title={text.title(found.number)}
          documentTitle={`${text.title(found.number)} · ${owner.name}`}
          meta={<VersionState state={found.state} />}
          {...(found.note ? { description: found.note } : {})}
          actions={
            <>
              <Button
                variant="default"
                leftSection={<IconDownload size={14} aria-hidden />}
                onClick={() => exportYaml(owner, found.id)}
              >
                {text.exportYaml}
              </Button>
              <VersionActions version={found} report={owner} />
            </>
          }
        />
        <VersionFacts version={found} />
      </div>
      <Comparison version={found} />
      <Section title={text.history}>
        <History reportId={reportId} versionId={versionId} />
      </Section>
      <Section title={text.compare.document}>
        <VersionSummary version={found} />
        <JsonView value={found.document} label={text.compare.json(found.number)} />
      </Section>
    </Stack>
  );
}

function VersionFacts({ version }: { version: Version }) {
  const facts = text.facts;
  return (
    <Facts>
      <Fact name={facts.saved}>
        <Moment at={version.created_at} />
      </Fact>
      {version.submitted_at && (
        <Fact name={facts.submitted}>
          <Moment at={version.submitted_at} />
        </Fact>
      )}
      {version.approved_at && (
        <Fact name={facts.approved}>
          <Moment at={version.approved_at} />
        </Fact>
      )}
      {version.effective_from && (
        <Fact name={facts.from}>
          <BusinessDate date={version.effective_from} />
        </Fact>
      )}
      {version.activated_at && (
        <Fact name={facts.live}>
          <Moment at={version.activated_at} />
        </Fact>
      )}
      <Fact name={facts.pack}>
        {version.pack_id ? `${version.pack_id} ${version.pack_version ?? ""}` : text.none}
      </Fact>
    </Facts>
  );
}

function Comparison({ version }: { version: Version }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const versions = useQuery(versionsQuery(version.report_id)).data?.items ?? [];
  const query = useQuery(compareQuery(version.report_id, version.id, search.with));
  return (
    <Section title={text.compare.title}>
      <Select
        maw={260}
        label={text.compare.with}
        placeholder={query.data?.before ? text.title(query.data.before.number) : text.compare.default}
        clearable
        data={versions
          .filter((one) => one.id !== version.id)
          .map((one) => ({ value: one.id, label: text.title(one.number) }))}
        value={search.with ?? null}
        onChange={(other) => void navigate({ search: { with: other ?? undefined }, replace: true })}
      />
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={120} />}
      {query.data && !query.data.before && <Text c="dimmed">{text.compare.first}</Text>}
      {query.data?.before && <Difference diff={query.data.diff} />}
    </Section>
  );
}
