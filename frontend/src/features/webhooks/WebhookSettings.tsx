/** What is chosen for a webhook, and what its requests are signed with. */
import {
  Button,
  Code,
  Group,
  MultiSelect,
  NumberInput,
  Skeleton,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { CopyButton, ErrorState, Moment, Section, showDone } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import {
  changeWebhook,
  dropKeyPair,
  eventTypesQuery,
  makeKeyPair,
  revokeFormerSecrets,
  taggedWebhookQuery,
  webhookKeys,
  type Webhook,
  type WebhookChanges,
} from "./api";
import { eventChoices } from "./eventChoices";
import { FilterFields } from "./FilterFields";
import { webhookMessages } from "./messages";
import { SendingFields } from "./SendingFields";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId/settings");
const form = webhookMessages.form;
const text = webhookMessages.settings;
const MOST_SECONDS = 30;

export function WebhookSettings() {
  const { webhookId } = route.useParams();
  const query = useQuery(taggedWebhookQuery(webhookId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={320} />;
  const { body, etag } = query.data;
  return (
    <Stack gap="xl" maw={720}>
      <Choices key={etag} webhook={body} etag={etag} />
      <Signatures webhook={body} />
    </Stack>
  );
}

function Choices({ webhook, etag }: { webhook: Webhook; etag: string | null }) {
  const [changes, setChanges] = useState<WebhookChanges>({});
  const mayWrite = useMay("webhooks:write");
  const types = useQuery(eventTypesQuery());
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => changeWebhook(webhook.id, changes, etag),
    onSuccess: () => {
      setChanges({});
      showDone(text.saved);
      return queries.invalidateQueries({ queryKey: webhookKeys.all });
    },
  });
  const faults: Record<string, string> = isProblem(save.error) ? save.error.fieldMessages() : {};
  const shown = { ...webhook, ...changes };
  const set = (some: WebhookChanges) => setChanges((before) => ({ ...before, ...some }));

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Section title={text.title}>
        <Stack gap="md">
          <TextInput
            type="url"
            label={form.url}
            description={form.urlHint}
            readOnly={!mayWrite}
            value={shown.url}
            error={faults["url"]}
            onChange={(event) => set({ url: event.currentTarget.value })}
          />
          <MultiSelect
            label={form.events}
            description={form.eventsHint}
            searchable
            readOnly={!mayWrite}
            data={eventChoices(types.data?.items ?? [])}
            value={shown.event_types}
            error={faults["event_types"]}
            onChange={(event_types) => set({ event_types })}
          />
          <FilterFields
            filter={{ report_ids: shown.report_ids, regimes: shown.regimes }}
            faults={faults}
            readOnly={!mayWrite}
            onChange={set}
          />
          <TagsInput
            label={webhookMessages.addresses}
            description={form.addressesHint}
            readOnly={!mayWrite}
            value={shown.allowed_addresses}
            error={faults["allowed_addresses"]}
            onChange={(allowed_addresses) => set({ allowed_addresses })}
          />
          <NumberInput
            label={form.seconds}
            description={form.secondsHint}
            min={1}
            max={MOST_SECONDS}
            allowDecimal={false}
            clampBehavior="strict"
            readOnly={!mayWrite}
            value={shown.timeout_seconds}
            error={faults["timeout_seconds"]}
            onChange={(value) => typeof value === "number" && set({ timeout_seconds: value })}
          />
          <SendingFields value={shown} onChange={set} faults={faults} readOnly={!mayWrite} />
          <Textarea
            label={form.description}
            maxLength={500}
            readOnly={!mayWrite}
            value={shown.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          {save.isError && <ErrorState error={save.error} />}
          {mayWrite && (
            <Group justify="flex-end">
              <Button type="submit" disabled={Object.keys(changes).length === 0} loading={save.isPending}>
                {text.save}
              </Button>
            </Group>
          )}
        </Stack>
      </Section>
    </form>
  );
}

function Signatures({ webhook }: { webhook: Webhook }) {
  const mayWrite = useMay("webhooks:write");
  const queries = useQueryClient();
  const after = (done: string) => async () => {
    showDone(done);
    await queries.invalidateQueries({ queryKey: webhookKeys.all });
  };
  const revoke = useMutation({
    mutationFn: () => revokeFormerSecrets(webhook.id),
    onSuccess: after(webhookMessages.rotate.revoked),
  });
  const make = useMutation({ mutationFn: () => makeKeyPair(webhook.id), onSuccess: after(text.pairMade) });
  const drop = useMutation({ mutationFn: () => dropKeyPair(webhook.id), onSuccess: after(text.pairDropped) });
  const failed = [revoke, make, drop].find((one) => one.isError);
  return (
    <Section title={text.signatures}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {text.signaturesHint}
        </Text>
        {webhook.former_secrets_until && (
          <Group gap="sm">
            <Text size="sm">
              {webhookMessages.rotate.former} <Moment at={webhook.former_secrets_until} />
            </Text>
            {mayWrite && (
              <Button
                size="compact-sm"
                variant="default"
                loading={revoke.isPending}
                onClick={() => revoke.mutate()}
              >
                {webhookMessages.rotate.revoke}
              </Button>
            )}
          </Group>
        )}
        {webhook.public_key && (
          <div>
            <Text size="sm">{webhookMessages.publicKey}</Text>
            <Code className="or-whole">{webhook.public_key}</Code>
            <CopyButton value={webhook.public_key} label={webhookMessages.publicKey} />
          </div>
        )}
        {mayWrite && (
          <Group gap="sm">
            <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
              {webhook.public_key ? text.replacePair : text.makePair}
            </Button>
            {webhook.public_key && (
              <Button variant="default" loading={drop.isPending} onClick={() => drop.mutate()}>
                {text.dropPair}
              </Button>
            )}
          </Group>
        )}
        {failed && <ErrorState error={failed.error} />}
      </Stack>
    </Section>
  );
}
