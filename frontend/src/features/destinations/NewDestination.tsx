/** A new destination: nothing can be stored before somebody has confirmed the server's host key. */
import { Button, Fieldset, Group, Stack, TextInput } from "@mantine/core";
import { AppLink, Callout, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { formMessages } from "@/forms/messages";
import { SettingsFields } from "@/forms/SettingsFields";
import { missing, settingsOf, type SettingsField, type SettingValues } from "@/forms/settingsFields";
import { createDestination, destinationKeys, testDestinationSettings } from "./api";
import { DeliveryTest } from "./DeliveryTest";
import { destinationMessages } from "./messages";
import { credentialsOf, NO_CREDENTIALS, SftpCredentials } from "./SftpCredentials";

const text = destinationMessages.form;
const keyText = formMessages.hostKey;

const FIELDS: SettingsField[] = [
  { name: "host", type: "text", isRequired: true, defaultValue: null },
  { name: "port", type: "integer", isRequired: false, defaultValue: 22, min: 1, max: 65535 },
  { name: "username", type: "text", isRequired: true, defaultValue: null },
  { name: "folder", type: "text", isRequired: false, defaultValue: "." },
];

export function NewDestination() {
  const form = useNewDestination();
  return (
    <form onSubmit={form.submit} noValidate>
      <Stack gap="md" maw={720}>
        <div>
          <AppLink to="/destinations" search={{}} size="sm">
            {destinationMessages.back}
          </AppLink>
          <PageHeader title={text.title} />
        </div>
        <TextInput
          label={text.name}
          withAsterisk
          maxLength={200}
          value={form.name}
          error={form.faults["name"]}
          onChange={(event) => form.setName(event.currentTarget.value)}
        />
        <Fieldset legend={text.where}>
          <Stack gap="sm">
            <SettingsFields
              fields={FIELDS}
              values={form.settings}
              faults={form.faults}
              labels={text.labels}
              hints={text.hints}
              onChange={form.setSetting}
            />
          </Stack>
        </Fieldset>
        <Fieldset legend={text.signIn}>
          <SftpCredentials
            values={form.credentials}
            fault={form.faults["credentials"]}
            onChange={form.setCredentials}
          />
        </Fieldset>
        {form.hostKey && (
          <Callout
            tone="success"
            title={keyText.confirmed}
            actions={
              <Button variant="default" onClick={() => form.setHostKey(null)}>
                {keyText.forget}
              </Button>
            }
          >
            <span className="or-mono">{form.hostKey}</span>
          </Callout>
        )}
        <DeliveryTest run={form.test} isDisabled={!form.isTestable} onConfirm={form.setHostKey} />
        {form.faults["host_key"] && <Callout tone="warning" title={form.faults["host_key"]} />}
        {form.create.isError && <ErrorState error={form.create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/destinations" search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" loading={form.create.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useNewDestination() {
  const [name, setName] = useState("");
  const [settings, setSettings] = useState<SettingValues>({});
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const [hostKey, setHostKey] = useState<string | null>(null);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();

  const trial = () => ({
    kind: "sftp" as const,
    settings: { ...settingsOf(FIELDS, settings), ...(hostKey ? { host_key_fingerprint: hostKey } : {}) },
    credentials: credentialsOf(credentials),
  });
  const create = useMutation({
    mutationFn: () => createDestination({ name: name.trim(), environment: "production", ...trial() }, key),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: destinationKeys.all });
      showDone(text.created);
      void navigate({ to: "/destinations/$destinationId", params: { destinationId: made.id } });
    },
    onError: (error) => {
      if (isProblem(error)) setFaults(error.fieldMessages());
    },
  });
  const hasCredentials = Object.keys(credentialsOf(credentials)).length > 0;

  function setSetting(field: string, value: SettingValues[string]) {
    setSettings((before) => ({ ...before, [field]: value }));
    // Another server has another key.
    if (field === "host" || field === "port") setHostKey(null);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const found: Record<string, string> = Object.fromEntries(
      missing(FIELDS, settings).map((field) => [field, formMessages.required]),
    );
    if (name.trim() === "") found["name"] = formMessages.required;
    if (!hasCredentials) found["credentials"] = formMessages.required;
    if (!hostKey) found["host_key"] = text.unconfirmed;
    setFaults(found);
    if (Object.keys(found).length === 0) create.mutate();
  }

  return {
    name,
    setName,
    settings,
    setSetting,
    credentials,
    setCredentials,
    hostKey,
    setHostKey,
    faults,
    create,
    submit,
    test: () => testDestinationSettings(trial()),
    isTestable: hasCredentials && missing(FIELDS, settings).length === 0,
  };
}
