/** A new destination: one by SFTP cannot be stored before somebody has confirmed the server's host key. */
import { Button, Group, Stack } from "@mantine/core";
import { AppLink, Callout, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { createDestination, destinationKeys } from "./api";
import { ConfirmedKey } from "./ConfirmedKey";
import { DeliveryTest } from "./DeliveryTest";
import { DestinationFields } from "./DestinationFields";
import { creationOf, emptyValues, withConfirmed } from "./destinationForm";
import { HOST_KEY } from "./kinds";
import { destinationMessages } from "./messages";
import { useDestinationForm } from "./useDestinationForm";

const text = destinationMessages.form;

export function NewDestination() {
  const form = useDestinationForm(emptyValues);
  const { values, setValues, faults } = form;
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createDestination(creationOf(form.fields, values), key),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: destinationKeys.all });
      showDone(text.created);
      void navigate({ to: "/destinations/$destinationId", params: { destinationId: made.id } });
    },
    onError: form.showFaults,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (form.check()) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={720}>
        <div>
          <AppLink to="/destinations" search={{}} size="sm">
            {destinationMessages.back}
          </AppLink>
          <PageHeader title={text.title} />
        </div>
        <DestinationFields
          kinds={form.kinds}
          fields={form.fields}
          values={values}
          faults={faults}
          onChange={setValues}
        />
        {values.hostKey && (
          <ConfirmedKey
            fingerprint={values.hostKey}
            onForget={() => setValues({ ...values, hostKey: null })}
          />
        )}
        <DeliveryTest
          key={values.kind}
          kind={values.kind}
          run={form.test}
          isDisabled={!form.isTestable}
          onConfirm={(shown) => setValues(withConfirmed(values, shown))}
        />
        {faults[HOST_KEY] && <Callout tone="warning" title={faults[HOST_KEY]} role="alert" />}
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/destinations" search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" loading={create.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
