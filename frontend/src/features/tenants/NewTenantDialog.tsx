import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import type { Schema } from "@/api/types";
import { createTenant, tenantKeys } from "./api";
import { tenantMessages as text } from "./messages";

interface NewTenantDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

export function NewTenantDialog({ isOpen, onClose }: NewTenantDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.create}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <NewTenantForm onClose={onClose} />
    </Modal>
  );
}

const EMPTY: Schema<"TenantCreate"> = {
  name: "",
  slug: "",
  environment: "production",
  time_zone: "UTC",
  administrator_email: "",
};

function NewTenantForm({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(EMPTY);
  const create = useMutation({
    mutationFn: createTenant,
    onSuccess: (tenant) => {
      showDone(text.created(tenant.name));
      void queries.invalidateQueries({ queryKey: tenantKeys.all });
      onClose();
    },
  });
  const places = isProblem(create.error) ? create.error.fieldMessages() : {};
  const field = (name: "name" | "slug" | "administrator_email") => ({
    required: true,
    withAsterisk: false,
    value: draft[name],
    error: places[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    create.mutate(draft);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{text.createText}</Text>
        {create.isError && <ErrorState error={create.error} />}
        <TextInput label={text.name} data-autofocus {...field("name")} />
        <TextInput label={text.slug} description={text.slugHint} {...field("slug")} />
        <Select
          label={text.environment}
          data={[
            { value: "production", label: text.environments.production },
            { value: "sandbox", label: text.environments.sandbox },
          ]}
          value={draft.environment}
          onChange={(value) =>
            setDraft({ ...draft, environment: value === "sandbox" ? "sandbox" : "production" })
          }
        />
        <Select
          label={text.zone}
          searchable
          limit={50}
          data={[...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])]}
          value={draft.time_zone}
          onChange={(value) => value && setDraft({ ...draft, time_zone: value })}
        />
        <TextInput
          label={text.administrator}
          type="email"
          autoComplete="off"
          {...field("administrator_email")}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
