/** One schema package: who uses it, its elements, its files, and a check of a document against it. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CopyId,
  CurlButton,
  DataTable,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  TabLink,
  TabLinks,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/api/types";
import { PublishActions } from "@/features/publications/PublishActions";
import { schemaPackageQuery, type SchemaPackage } from "./api";
import { ElementFacts } from "./ElementFacts";
import { ElementTree } from "./ElementTree";
import { schemaPackageMessages as text } from "./messages";
import { SampleCheck } from "./SampleCheck";
import { Hash } from "./SchemaPackageList";
import styles from "./schemaPackages.module.css";
import type { TreeNode } from "./tree";
import { useElementTree } from "./useElementTree";

type Detail = Schema<"SchemaPackageDetail">;
type SchemaFile = SchemaPackage["files"][number];

const route = getRouteApi("/_app/schema-packages/$packageId");
const TABS = ["elements", "check", "files"] as const;

export function SchemaPackageDetail() {
  const { packageId } = route.useParams();
  const { tab = "elements" } = route.useSearch();
  const query = useQuery(schemaPackageQuery(packageId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} />;
  const found = query.data;
  return (
    <Stack gap="md">
      <div>
        <AppLink to="/schema-packages" size="sm">
          {text.title}
        </AppLink>
        <PageHeader
          title={found.name}
          meta={<CopyId id={found.id} label={text.copyId} />}
          actions={
            <>
              <PublishActions thing={{ kind: "schema", id: found.id, title: found.name }} />
              <CurlButton url={`/api/v1/schema-packages/${found.id}`} />
            </>
          }
        />
        <About found={found} />
      </div>
      <TabLinks label={text.tabs.label}>
        {TABS.map((one) => (
          <TabLink
            key={one}
            to="/schema-packages/$packageId"
            params={{ packageId }}
            search={{ tab: one === "elements" ? undefined : one }}
            isCurrent={one === tab}
          >
            {text.tabs[one]}
          </TabLink>
        ))}
      </TabLinks>
      {tab === "elements" && <Elements packageId={packageId} />}
      {tab === "check" && <SampleCheck packageId={packageId} />}
      {tab === "files" && (
        <DataTable label={text.tabs.files} columns={FILES} rows={found.files} rowKey={(one) => one.name} />
      )}
    </Stack>
  );
}

function About({ found }: { found: Detail }) {
  return (
    <Facts>
      <Fact name={text.columns.hash}>
        <Hash value={found.sha256} />
      </Fact>
      <Fact name={text.columns.by}>{found.installed_by}</Fact>
      <Fact name={text.columns.at}>
        <Moment at={found.installed_at} />
      </Fact>
      <Fact name={text.usedBy}>
        {found.reports.length === 0 && text.nobody}
        {found.reports.map((one, place) => (
          <span key={one.report_id}>
            {place > 0 && ", "}
            <AppLink to="/reports/$reportId" params={{ reportId: one.report_id }}>
              {one.name}
            </AppLink>
          </span>
        ))}
      </Fact>
    </Facts>
  );
}

function Elements({ packageId }: { packageId: string }) {
  const tree = useElementTree(packageId);
  const [node, setNode] = useState<TreeNode | null>(null);
  return (
    <div className={styles.split}>
      <ElementTree tree={tree} chosen={node?.path ?? null} onChoose={setNode} />
      <ElementFacts node={node} />
    </div>
  );
}

const FILES: Column<SchemaFile>[] = [
  { key: "name", header: text.columns.file, cell: (one) => one.name },
  {
    key: "namespace",
    header: text.columns.namespace,
    cell: (one) => <span className="or-mono">{one.namespace || text.noNamespace}</span>,
  },
  { key: "hash", header: text.columns.hash, cell: (one) => <Hash value={one.sha256} /> },
];
