/** Changing a destination. Another person's change in between is shown, never overwritten silently. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { Callout, ErrorState, showDone } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { changeDestination, destinationKeys, type Destination } from "./api";
import { ConfirmedKey } from "./ConfirmedKey";
import { DeliveryTest } from "./DeliveryTest";
import { DestinationFields } from "./DestinationFields";
import { changeOf, replacesPin, valuesOf, withConfirmed } from "./destinationForm";
import type { Shown } from "./identities";
import { HOST_KEY } from "./kinds";
import { destinationMessages } from "./messages";
import { useDestinationForm } from "./useDestinationForm";

const text = destinationMessages.form;

interface DestinationSettingsProps {
  stored: Tagged<Destination>;
  /** After it was changed, or what somebody else has made of it was taken. */
  onDone: () => void;
}

export function DestinationSettings({ stored, onDone }: DestinationSettingsProps) {
  // What is shown was read once: that the page looks again and again does not change what is typed here.
  const [{ body: destination, etag }] = useState(stored);
  const form = useDestinationForm(() => valuesOf(destination), destination);
  const { values, setValues, faults } = form;
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (tag: string | null) =>
      changeDestination(destination.id, changeOf(form.fields, values, destination), tag),
    onSuccess: async () => {
      showDone(text.saved);
      await queries.invalidateQueries({ queryKey: destinationKeys.all });
      onDone();
    },
    onError: form.showFaults,
  });
  const conflict = isProblem(change.error, "precondition_failed") ? change.error : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (form.check()) change.mutate(etag);
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
                    void queries.invalidateQueries({ queryKey: destinationKeys.all }).then(onDone)
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
        <DestinationFields
          kinds={form.kinds}
          fields={form.fields}
          values={values}
          faults={faults}
          isStored
          onChange={setValues}
        />
        {values.givesSecrets ? (
          <>
            {values.hostKey && values.hostKey !== destination.settings[HOST_KEY] && (
              <ConfirmedKey
                fingerprint={values.hostKey}
                onForget={() => setValues({ ...values, hostKey: null })}
              />
            )}
            <DeliveryTest
              kind={values.kind}
              run={form.test}
              isDisabled={!form.isTestable}
              {...(values.kind === "sftp" && values.hostKey
                ? {}
                : { onConfirm: (shown: Shown) => setValues(withConfirmed(values, shown)) })}
            />
          </>
        ) : (
          <Text c="dimmed">{text.testAfterSaving}</Text>
        )}
        {replacesPin(form.fields, destination, values) && (
          <TextInput
            label={text.pinReason}
            description={text.pinReasonHint}
            withAsterisk
            maxLength={500}
            value={values.reason}
            error={faults["reason"]}
            onChange={(event) => setValues({ ...values, reason: event.currentTarget.value })}
          />
        )}
        {faults[HOST_KEY] && <Callout tone="warning" title={faults[HOST_KEY]} role="alert" />}
        {change.isError && !conflict && <ErrorState error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending}>
            {text.saveChanges}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
