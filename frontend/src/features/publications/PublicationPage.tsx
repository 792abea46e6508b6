/** One publication: to whom it is shown, and its versions. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CodeList,
  CopyId,
  DataTable,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  Section,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Schema } from "@/api/types";
import { useMay } from "@/features/account/api";
import { publicationQuery } from "./api";
import { publicationMessages } from "./messages";
import { PublicationState } from "./PublicationState";
import { PublishAgain, Unpublish } from "./PublishActions";
import { Reach } from "./Reach";

const text = publicationMessages.detail;
const route = getRouteApi("/_app/publications/$publicationId");

const columns: Column<Schema<"PublicationVersionAnswer">>[] = [
  { key: "version", header: text.versionColumns.version, cell: (one) => one.version },
  { key: "since", header: text.versionColumns.since, cell: (one) => <Moment at={one.shown_since} /> },
  {
    key: "personal",
    header: text.versionColumns.personal,
    cell: (one) => (one.has_personal_data ? text.personalYes : text.personalNo),
  },
  {
    key: "sha256",
    header: text.versionColumns.sha256,
    cell: (one) => <span className="or-mono">{`${one.sha256.slice(0, 12)}…`}</span>,
  },
];

export function PublicationPage() {
  const { publicationId } = route.useParams();
  const query = useQuery(publicationQuery(publicationId));
  const mayWrite = useMay("publications:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const one = query.data;
  if (!one) return <Skeleton height={320} />;
  const regimes = [...one.own_regimes, ...one.regimes];
  return (
    <Stack gap="xl">
      <div>
        <AppLink to="/publications" search={{}} size="sm">
          {publicationMessages.back}
        </AppLink>
        <PageHeader
          title={one.title}
          meta={
            <>
              <PublicationState publication={one} />
              <CopyId id={one.id} label={publicationMessages.copyId} />
            </>
          }
          actions={
            mayWrite &&
            (one.unpublished_at ? <PublishAgain publication={one} /> : <Unpublish publication={one} />)
          }
        />
        <Facts>
          <Fact name={text.kind}>{publicationMessages.kinds[one.kind]}</Fact>
          <Fact name={text.name}>
            <span className="or-mono">{one.name}</span>
          </Fact>
          <Fact name={text.version}>{one.version}</Fact>
          <Fact name={text.regimes}>
            {regimes.length > 0 ? <CodeList words={regimes} /> : text.anyRegime}
          </Fact>
          <Fact name={text.files}>{one.includes_files ? text.filesYes : text.filesNo}</Fact>
          {one.unpublished_at ? (
            <Fact name={text.taken}>
              <Moment at={one.unpublished_at} />
            </Fact>
          ) : (
            <Fact name={text.plans}>
              <Reach publication={one} />
            </Fact>
          )}
          <Fact name={text.published}>
            <Moment at={one.published_at} />
          </Fact>
        </Facts>
      </div>
      <Section title={text.versions}>
        <DataTable
          label={text.versions}
          columns={columns}
          rows={one.versions ?? []}
          rowKey={(version) => version.version}
        />
      </Section>
    </Stack>
  );
}
