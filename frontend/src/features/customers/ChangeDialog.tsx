/** The name of a customer, and a plan that is given by hand. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { DateField, ErrorState, uiMessages } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { planChoicesQuery } from "@/features/plans/api";
import { changeCustomer, type CustomerDetail } from "./api";
import { endOfDay, localDay } from "./days";
import { customerMessages } from "./messages";

const text = customerMessages.change;

interface ChangeDialogProps {
  stored: Tagged<CustomerDetail>;
  isOpen: boolean;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function ChangeDialog(props: ChangeDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={text.title(props.stored.body.name)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <ChangeForm {...props} />
    </Modal>
  );
}

function ChangeForm({ stored, onClose, onDone }: ChangeDialogProps) {
  const customer = stored.body;
  const plans = useQuery(planChoicesQuery()).data?.items ?? [];
  const [name, setName] = useState(customer.name);
  const [plan, setPlan] = useState(customer.plan?.id ?? "");
  const ends = customer.plan_until ? localDay(customer.plan_until) : "";
  const [until, setUntil] = useState(ends);
  const save = useMutation({
    mutationFn: () => {
      // An end that was not touched keeps its minute: it may be that of a period that was paid.
      const plan_until = until === ends ? customer.plan_until : until ? endOfDay(until) : null;
      const body = { name: name.trim(), plan_id: plan || null, plan_until: plan ? plan_until : null };
      return changeCustomer(customer.id, body, stored.etag);
    },
    onSuccess: async () => {
      await onDone();
      onClose();
    },
  });
  const faults: Record<string, string> = isProblem(save.error) ? save.error.fieldMessages() : {};
  const isOutdated = isProblem(save.error) && save.error.status === 412;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (name.trim()) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{text.text}</Text>
        <TextInput
          label={text.name}
          required
          withAsterisk={false}
          data-autofocus
          maxLength={200}
          value={name}
          error={faults["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={text.plan}
          allowDeselect={false}
          data={[
            { value: "", label: text.noPlan },
            ...plans.map((one) => ({ value: one.id, label: one.name })),
          ]}
          value={plan}
          error={faults["plan_id"]}
          onChange={(chosen) => setPlan(chosen ?? "")}
        />
        {plan && (
          <DateField
            label={text.until}
            description={text.untilHint}
            value={until}
            error={faults["plan_until"]}
            onChange={setUntil}
          />
        )}
        {isOutdated && <Text role="alert">{text.conflict}</Text>}
        {save.isError && !isOutdated && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" disabled={!name.trim()} loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
