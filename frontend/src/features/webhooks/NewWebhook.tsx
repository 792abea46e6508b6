/** A new webhook. Its signing secret is shown once. */
import {
  Accordion,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, SecretReveal } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { accessChangeOf, accessDraftOf, accessFaultsOf } from "./accessDraft";
import { AccessFields } from "./AccessFields";
import { accessMessages } from "./accessMessages";
import { createWebhook, eventTypesQuery, webhookKeys } from "./api";
import { eventChoices } from "./eventChoices";
import { catalogueMessages } from "./catalogueMessages";
import { FilterFields, type Filter } from "./FilterFields";
import { webhookMessages } from "./messages";

const text = webhookMessages.form;
const DEFAULT_SECONDS = 15;
const MOST_SECONDS = 30;
/** As most receivers want it; the page of a webhook changes it. */
const DEFAULT_SENDING = { max_concurrent: 20, is_ordered: false };
const DEFAULT_EVENTS = ["run.*", "artifact.created", "delivery.*"];

export function NewWebhook() {
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState(DEFAULT_EVENTS);
  const [filter, setFilter] = useState<Filter>({ report_ids: [], regimes: [] });
  const [addresses, setAddresses] = useState<string[]>([]);
  const [seconds, setSeconds] = useState(DEFAULT_SECONDS);
  const [access, setAccess] = useState(() => accessDraftOf());
  const [faults, setFaults] = useState<Record<string, string>>({});
  const types = useQuery(eventTypesQuery());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () =>
      createWebhook({
        url: url.trim(),
        description,
        event_types: events,
        ...filter,
        allowed_addresses: addresses,
        timeout_seconds: seconds,
        access: accessChangeOf(access),
        ...DEFAULT_SENDING,
      }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: webhookKeys.all }),
    onError: (error) => {
      if (isProblem(error)) setFaults(error.fieldMessages());
    },
    // The answer holds the secret: it is forgotten as soon as the page is left.
    gcTime: 0,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = accessFaultsOf(access, accessMessages.needed);
    if (url.trim() === "") found["url"] = text.needsUrl;
    if (events.length === 0) found["event_types"] = text.needsEvents;
    setFaults(found);
    if (Object.keys(found).length === 0) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={720}>
        <div>
          <AppLink to="/webhook-endpoints" search={{}} size="sm">
            {webhookMessages.back}
          </AppLink>
          <PageHeader title={text.title} />
        </div>
        <TextInput
          type="url"
          label={text.url}
          description={text.urlHint}
          withAsterisk
          value={url}
          error={faults["url"]}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <MultiSelect
          label={text.events}
          description={
            <>
              {text.eventsHint}{" "}
              <AppLink to="/webhook-endpoints/events" search={{}} size="xs" underline="always">
                {catalogueMessages.title}
              </AppLink>
            </>
          }
          withAsterisk
          searchable
          data={eventChoices(types.data?.items ?? [])}
          value={events}
          error={faults["event_types"]}
          onChange={setEvents}
        />
        <FilterFields filter={filter} faults={faults} onChange={setFilter} />
        <TagsInput
          label={webhookMessages.addresses}
          description={text.addressesHint}
          value={addresses}
          error={faults["allowed_addresses"]}
          onChange={setAddresses}
        />
        <NumberInput
          label={text.seconds}
          description={text.secondsHint}
          min={1}
          max={MOST_SECONDS}
          allowDecimal={false}
          clampBehavior="strict"
          value={seconds}
          error={faults["timeout_seconds"]}
          onChange={(value) => setSeconds(Number(value) || DEFAULT_SECONDS)}
        />
        <Textarea
          label={text.description}
          maxLength={500}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Accordion variant="contained">
          <Accordion.Item value="access">
            <Accordion.Control>{accessMessages.title}</Accordion.Control>
            <Accordion.Panel>
              <AccessFields draft={access} faults={faults} onChange={setAccess} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/webhook-endpoints" search={{}} variant="default">
            {text.cancel}
          </LinkButton>
          <Button type="submit" loading={create.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
      <SecretReveal
        secret={create.data?.secret ?? null}
        title={webhookMessages.secret.title}
        onClose={() => {
          const made = create.data;
          create.reset();
          if (made) void navigate({ to: "/webhook-endpoints/$webhookId", params: { webhookId: made.id } });
        }}
      >
        {webhookMessages.secret.hint}
      </SecretReveal>
    </form>
  );
}
