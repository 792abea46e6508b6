/**
 * One section of the settings. Only what was changed is sent. When somebody else has changed the settings meanwhile,
 * the person decides whose values stay; what they had typed is not lost.
 */
import { Button, Fieldset, Stack } from "@mantine/core";
import { Callout, ErrorState, Section, showDone } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { changeSettings, settingsQuery, type TenantSettingsChange } from "./api";
import { settingsMessages as text } from "./messages";

type Field = keyof TenantSettingsChange;

interface SettingsFormProps {
  title: string;
  fields: Field[];
  render: (
    draft: TenantSettingsChange,
    set: (changes: TenantSettingsChange) => void,
    errors: Record<string, string>,
  ) => ReactNode;
}

export function SettingsForm({ title, fields, render }: SettingsFormProps) {
  const stored = useQuery(settingsQuery()).data;
  const queries = useQueryClient();
  const mayWrite = useMay("tenant_settings:write");
  const [changes, setChanges] = useState<TenantSettingsChange>({});
  const refresh = () => queries.invalidateQueries({ queryKey: settingsQuery().queryKey });
  const save = useMutation({
    mutationFn: (etag: string | null) => changeSettings(changes, etag),
    onSuccess: async () => {
      showDone(text.saved);
      await Promise.all([refresh(), queries.invalidateQueries({ queryKey: ["me"] })]);
      setChanges({});
    },
  });
  const isConflict = isProblem(save.error) && save.error.status === 412;
  const errors = isProblem(save.error) ? save.error.fieldMessages() : {};
  const current = Object.fromEntries(fields.map((field) => [field, stored?.body[field]]));

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    save.mutate(stored?.etag ?? null);
  }

  async function takeTheirs() {
    setChanges({});
    save.reset();
    await refresh();
  }

  return (
    <Section title={title}>
      <form onSubmit={submit}>
        <Fieldset variant="unstyled" disabled={!mayWrite} aria-label={title}>
          <Stack gap="md">
            {isConflict && (
              <Callout
                tone="warning"
                role="alert"
                title={text.conflict}
                actions={
                  <>
                    <Button onClick={() => save.mutate(isProblem(save.error) ? save.error.etag : null)}>
                      {text.keepMine}
                    </Button>
                    <Button variant="default" onClick={() => void takeTheirs()}>
                      {text.takeTheirs}
                    </Button>
                  </>
                }
              />
            )}
            {save.isError && !isConflict && Object.keys(errors).length === 0 && (
              <ErrorState error={save.error} />
            )}
            {render({ ...current, ...changes }, (more) => setChanges({ ...changes, ...more }), errors)}
            {mayWrite && (
              <div>
                <Button type="submit" disabled={Object.keys(changes).length === 0} loading={save.isPending}>
                  {text.save}
                </Button>
              </div>
            )}
          </Stack>
        </Fieldset>
      </form>
    </Section>
  );
}
