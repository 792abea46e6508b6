/** Changing a connector. Another person's change in between is shown, never overwritten silently. */
import { Button, Group, Stack } from "@mantine/core";
import { Callout, ErrorState, showDone } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { fieldsOf, settingsOf, type SettingValues } from "@/forms/settingsFields";
import { changeConnector, connectorKeys, connectorKindsQuery, type Connector } from "./api";
import { ConnectorFields, type ConnectorValues } from "./ConnectorFields";
import { faultsOf } from "./faults";
import { connectorMessages } from "./messages";
import { credentialsOf, secretFrom, tunnelFrom, tunnelSettingsOf } from "./signIn";

const text = connectorMessages.form;

export function ConnectorSettings({ stored }: { stored: Tagged<Connector> }) {
  const { body: connector, etag } = stored;
  const kinds = useQuery(connectorKindsQuery()).data?.items ?? [];
  const kept = useMemo(() => secretFrom(connector.password_reference), [connector.password_reference]);
  const hadTunnel = useMemo(() => tunnelFrom(connector.settings), [connector.settings]);
  const [values, setValues] = useState<ConnectorValues>({
    name: connector.name,
    settings: connector.settings as SettingValues,
    username: "",
    password: kept,
    tunnel: hadTunnel,
  });
  const [faults, setFaults] = useState<Record<string, string>>({});
  const queries = useQueryClient();
  const schema = kinds.find((one) => one.kind === connector.kind)?.settings_schema;
  const fields = useMemo(() => fieldsOf(schema ?? {}), [schema]);
  const isOtherPassword = values.password.place !== kept.place || values.password.text !== kept.text;
  const hasNewCredentials =
    values.username !== "" || isOtherPassword || Boolean(values.tunnel && values.tunnel.secret.text !== "");

  const change = useMutation({
    mutationFn: (tag: string | null) =>
      changeConnector(
        connector.id,
        {
          name: values.name.trim(),
          // Tables of files are changed where the files are, and kept here.
          ...(connector.kind === "files"
            ? {}
            : { settings: { ...settingsOf(fields, values.settings), ...tunnelSettingsOf(values.tunnel) } }),
          ...(hasNewCredentials ? { credentials: credentialsOf(values) } : {}),
        },
        tag,
      ),
    onSuccess: async () => {
      showDone(text.saved);
      await queries.invalidateQueries({ queryKey: connectorKeys.all });
    },
    onError: (error) => {
      if (isProblem(error)) setFaults(error.fieldMessages());
    },
  });
  const conflict = isProblem(change.error, "precondition_failed") ? change.error : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = faultsOf(fields, values, { needsName: true, needsCredentials: hasNewCredentials });
    setFaults(found);
    if (Object.keys(found).length === 0) change.mutate(etag);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={720} pt="sm">
        {conflict && (
          <Callout
            tone="warning"
            title={text.conflictTitle}
            actions={
              <>
                <Button
                  variant="default"
                  onClick={() =>
                    void queries.invalidateQueries({ queryKey: connectorKeys.one(connector.id) })
                  }
                >
                  {text.takeTheirs}
                </Button>
                <Button onClick={() => change.mutate(conflict.etag)}>{text.keepMine}</Button>
              </>
            }
          >
            {text.conflictText}
          </Callout>
        )}
        <ConnectorFields
          kinds={kinds}
          kind={connector.kind}
          fields={fields}
          values={values}
          faults={faults}
          hasCredentials
          hasTunnelSecret={hadTunnel !== null}
          onChange={(changes) => setValues((before) => ({ ...before, ...changes }))}
        />
        {change.isError && !conflict && <ErrorState error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
