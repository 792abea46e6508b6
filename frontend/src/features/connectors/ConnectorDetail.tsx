/** One connector: what it is, who uses it, what can be read through it, and its settings. */
import { Button, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  ConfirmDialog,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  formatList,
  Moment,
  PageHeader,
  Panel,
  showDone,
  TabLink,
  TabLinks,
} from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { connectorKeys, connectorQuery, removeConnector, testConnector, type Connector } from "./api";
import styles from "./browser.module.css";
import { ConnectionTest } from "./ConnectionTest";
import { hostOf } from "./ConnectorList";
import { ConnectorSettings } from "./ConnectorSettings";
import { FilesTab } from "./FilesTab";
import { LastTest } from "./LastTest";
import { HealthPanel } from "./HealthPanel";
import { connectorMessages as text } from "./messages";
import { SourceBrowser } from "./SourceBrowser";

const route = getRouteApi("/_app/connectors/$connectorId");

export const CONNECTOR_TABS = ["overview", "files", "browse", "settings"] as const;

export function ConnectorDetail() {
  const { connectorId } = route.useParams();
  const { tab = "overview" } = route.useSearch();
  const query = useQuery(connectorQuery(connectorId));
  const may = { query: useMay("connectors:query"), write: useMay("connectors:write") };
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const connector = query.data.body;
  const tabs = CONNECTOR_TABS.filter(
    (one) =>
      one === "overview" ||
      (one === "browse" ? may.query : may.write && (one !== "files" || connector.kind === "files")),
  );
  return (
    <>
      <AppLink to="/connectors" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={connector.name}
        meta={<CopyId id={connector.id} label={text.copyId} />}
        actions={
          <>
            <CurlButton url={`/api/v1/connectors/${connector.id}`} />
            {may.write && <Remove connector={connector} />}
          </>
        }
      />
      <TabLinks label={text.tabs.label}>
        {tabs.map((one) => (
          <TabLink
            key={one}
            to="/connectors/$connectorId"
            params={{ connectorId }}
            search={{ tab: one === "overview" ? undefined : one }}
            isCurrent={one === tab}
          >
            {text.tabs[one]}
          </TabLink>
        ))}
      </TabLinks>
      {tab === "overview" && <Overview connector={connector} />}
      {tab === "files" && <FilesTab stored={query.data} />}
      {tab === "browse" && <SourceBrowser connector={connector} />}
      {tab === "settings" && <ConnectorSettings stored={query.data} key={query.data.etag} />}
    </>
  );
}

function Overview({ connector }: { connector: Connector }) {
  const queries = useQueryClient();
  return (
    <Stack gap="lg" pt="sm">
      <Facts>
        <Fact name={text.columns.kind}>{text.kindName(connector.kind)}</Fact>
        <Fact name={text.columns.host}>
          <span className="or-mono">{hostOf(connector)}</span>
        </Fact>
        <Fact name={text.columns.database}>
          <span className="or-mono">{String(connector.settings["database"] ?? "")}</span>
        </Fact>
        <Fact name={text.columns.tested}>
          <LastTest connector={connector} />
        </Fact>
        <Fact name={text.columns.changed}>
          <Moment at={connector.updated_at} />
        </Fact>
      </Facts>
      <ConnectionTest
        hint={text.test.storedHint}
        {...(connector.kind === "files" ? { stepNames: text.test.fileSteps } : {})}
        run={(onStep) => testConnector(connector.id, onStep)}
        hasTunnel={Boolean(connector.settings["tunnel"])}
        onDone={() => void queries.invalidateQueries({ queryKey: connectorKeys.all })}
      />
      <HealthPanel connectorId={connector.id} />
      <Panel title={text.usage.title}>
        {connector.used_by.length === 0 ? (
          <Text c="dimmed">{text.usage.none}</Text>
        ) : (
          <ul className={styles.uses}>
            {connector.used_by.map((use) => (
              <li key={use.report_id}>
                <AppLink to="/reports/$reportId" params={{ reportId: use.report_id }}>
                  {use.name}
                </AppLink>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Stack>
  );
}

function Remove({ connector }: { connector: Connector }) {
  const [isAsking, setIsAsking] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const users = connector.used_by.map((use) => use.name);
  async function remove() {
    await removeConnector(connector.id);
    showDone(text.remove.done);
    await navigate({ to: "/connectors", search: {} });
    queries.removeQueries({ queryKey: connectorKeys.one(connector.id) });
    await queries.invalidateQueries({ queryKey: connectorKeys.all });
  }
  return (
    <>
      <Button
        variant="default"
        disabled={users.length > 0}
        title={users.length > 0 ? text.remove.inUse(formatList(users)) : undefined}
        onClick={() => setIsAsking(true)}
      >
        {text.remove.action}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.remove.title(connector.name)}
        action={text.remove.action}
        isDangerous
        nameToType={connector.name}
        onConfirm={remove}
      >
        {text.remove.text}
      </ConfirmDialog>
    </>
  );
}
