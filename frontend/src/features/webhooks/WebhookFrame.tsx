/** The head of a webhook and the way to its parts. */
import { Skeleton } from "@mantine/core";
import { AppLink, CopyId, CurlButton, ErrorState, PageHeader, TabLink, TabLinks } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Outlet, useMatchRoute } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { webhookQuery } from "./api";
import { webhookMessages as text } from "./messages";
import { WebhookActions } from "./WebhookActions";
import { WebhookState } from "./WebhookList";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId");

export function WebhookFrame() {
  const { webhookId } = route.useParams();
  const query = useQuery(webhookQuery(webhookId));
  const mayWrite = useMay("webhooks:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const webhook = query.data;
  if (!webhook) return <Skeleton height={220} />;
  return (
    <>
      <AppLink to="/webhook-endpoints" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={webhook.url}
        {...(webhook.description ? { description: webhook.description } : {})}
        meta={
          <>
            <WebhookState webhook={webhook} />
            <CopyId id={webhook.id} label={text.copyId} />
          </>
        }
        actions={
          <>
            <CurlButton url={`/api/v1/webhooks/${webhook.id}/deliveries`} />
            {mayWrite && <WebhookActions webhook={webhook} />}
          </>
        }
      />
      <Tabs webhookId={webhookId} />
      <Outlet />
    </>
  );
}

function Tabs({ webhookId }: { webhookId: string }) {
  const params = { webhookId };
  const isAt = useMatchRoute();
  const tabs = [
    { to: "/webhook-endpoints/$webhookId", name: text.tabs.overview },
    { to: "/webhook-endpoints/$webhookId/deliveries", name: text.tabs.deliveries },
    { to: "/webhook-endpoints/$webhookId/recoveries", name: text.tabs.recoveries },
    { to: "/webhook-endpoints/$webhookId/settings", name: text.tabs.settings },
  ] as const;
  return (
    <TabLinks label={text.tabs.label}>
      {tabs.map(({ to, name }) => (
        <TabLink key={to} to={to} params={params} search={{}} isCurrent={isAt({ to, params }) !== false}>
          {name}
        </TabLink>
      ))}
    </TabLinks>
  );
}
