/** Storing access to another source. */
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type FormEvent } from "react";
import { fieldsOf, settingsOf } from "@/forms/settingsFields";
import {
  connectorKeys,
  connectorKindsQuery,
  createConnector,
  testConnectorSettings,
  type ConnectorKind,
} from "./api";
import { ConnectionTest } from "./ConnectionTest";
import { ConnectorFields, type ConnectorValues } from "./ConnectorFields";
import { faultsOf } from "./faults";
import { connectorMessages } from "./messages";
import { credentialsOf, NO_SECRET, tunnelSettingsOf } from "./signIn";

const text = connectorMessages.form;
const EMPTY: ConnectorValues = { name: "", settings: {}, username: "", password: NO_SECRET, tunnel: null };

export function NewConnector() {
  const kinds = useQuery(connectorKindsQuery());
  return (
    <Stack gap="md" maw={720}>
      <div>
        <AppLink to="/connectors" search={{}} size="sm">
          {connectorMessages.back}
        </AppLink>
        <PageHeader title={text.newTitle} />
      </div>
      {kinds.isError && <ErrorState error={kinds.error} onRetry={() => void kinds.refetch()} />}
      {kinds.isPending && <Skeleton height={320} />}
      {kinds.data && <Form kinds={kinds.data.items} />}
    </Stack>
  );
}

function Form({ kinds }: { kinds: ConnectorKind[] }) {
  const [kindName, setKindName] = useState(kinds[0]?.kind);
  const [values, setValues] = useState(EMPTY);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const kind = kinds.find((one) => one.kind === kindName);
  const fields = useMemo(() => fieldsOf(kind?.settings_schema ?? {}), [kind]);
  const needsCredentials = kind?.needs_credentials ?? true;

  const trial = () => ({
    kind: kind?.kind ?? "postgresql",
    settings: { ...settingsOf(fields, values.settings), ...tunnelSettingsOf(values.tunnel) },
    ...(needsCredentials ? { credentials: credentialsOf(values) } : {}),
  });
  const create = useMutation({
    mutationFn: () => createConnector({ name: values.name.trim(), holds_demo_data: false, ...trial() }, key),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: connectorKeys.all });
      showDone(text.created);
      void navigate({ to: "/connectors/$connectorId", params: { connectorId: made.id } });
    },
    onError: (error) => {
      if (isProblem(error)) setFaults(error.fieldMessages());
    },
  });

  function isComplete(needsName: boolean): boolean {
    const found = faultsOf(fields, values, { needsName, needsCredentials });
    setFaults(found);
    return Object.keys(found).length === 0;
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isComplete(true)) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <ConnectorFields
          kinds={kinds}
          kind={kindName ?? ""}
          onKind={(next) => setKindName(kinds.find((one) => one.kind === next)?.kind)}
          fields={fields}
          values={values}
          faults={faults}
          onChange={(changes) => setValues((before) => ({ ...before, ...changes }))}
        />
        {needsCredentials && (
          <ConnectionTest
            hint={connectorMessages.test.hint}
            isDisabled={values.username === "" || !(values.settings["host"] || values.settings["tns_names"])}
            run={(onStep) => testConnectorSettings(trial(), onStep)}
            hasTunnel={values.tunnel !== null}
            onConfirm={(hostKey) =>
              setValues((before) => ({ ...before, tunnel: before.tunnel && { ...before.tunnel, hostKey } }))
            }
          />
        )}
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/connectors" search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
